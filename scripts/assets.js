// Bundles files for browsers: scripts of daemon/web/client/pages and the style sheet, minified, named by their content, and compressed once
// here, so that a Pi need not do it for each visitor. Each page has one script and one sheet: chunks that pages share would save a second
// page some 15 kB, and cost the first one 20 requests. Writes dist/daemon/web/assets with a manifest, and the licences of third-party code.
import { build } from 'esbuild'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { root } from './sources.js'
import { NOTICES, thirdPartyNotices } from './third-party.js'

const web = join(root, 'daemon', 'web')

const compress = { brotli: promisify(brotliCompress), gzip: promisify(gzip) }

/** @returns the files that they were made of, and the folder of pages, relative to the root */
export async function buildAssets() {
  const outdir = join(root, 'dist', 'daemon', 'web', 'assets')
  const pages = readdirSync(join(web, 'client', 'pages')).filter((name) => name.endsWith('.ts'))
  const entryPoints = [
    ...pages.map((name) => join(web, 'client', 'pages', name)),
    join(web, 'styles', 'main.css'),
    join(web, 'styles', 'favicon.svg'),
    ...['icon-192.png', 'icon-512.png', 'icon-maskable.png'].map((name) => join(web, 'styles', name)),
  ]
  const { metafile, outputFiles } = await build({
    entryPoints,
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome120', 'firefox121', 'safari17.4'],
    entryNames: '[name]-[hash]',
    loader: { '.svg': 'copy', '.png': 'copy' },
    metafile: true,
    write: false,
    legalComments: 'linked',
    logLevel: 'warning',
    absWorkingDir: root,
  })
  mkdirSync(outdir, { recursive: true })
  removeOthers(outdir, outputFiles)
  const manifest = { files: {} }
  for (const { path, contents } of outputFiles) {
    // Compressing takes longest, so unchanged files of the last build are kept.
    if (existsSync(path) && readFileSync(path).equals(contents)) continue
    if (contents.length >= 500) {
      writeFileSync(
        `${path}.br`,
        await compress.brotli(contents, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: contents.length },
        }),
      )
      writeFileSync(`${path}.gz`, await compress.gzip(contents, { level: 9 }))
    }
    writeFileSync(path, contents)
  }
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs))
    manifest.files[entryPoint === undefined ? basename(path) : basename(entryPoint).replace(/\.ts$/, '.js')] = basename(path)
  manifest.files[NOTICES] = NOTICES
  writeFileSync(join(outdir, NOTICES), thirdPartyNotices(metafile, "The scripts and styles of rhizo's web site"))
  writeFileSync(join(outdir, 'manifest.json'), JSON.stringify(manifest, null, 1))
  const pageFolder = relative(root, join(web, 'client', 'pages'))
  return [pageFolder, join('scripts', 'assets.js'), join('scripts', 'third-party.js'), ...Object.keys(metafile.inputs)]
}

/** Removes files of an earlier build that this one doesn't make. */
function removeOthers(outdir, outputFiles) {
  const kept = new Set(outputFiles.map(({ path }) => basename(path)))
  for (const name of readdirSync(outdir)) if (!kept.has(name.replace(/\.(?:br|gz)$/, ''))) rmSync(join(outdir, name), { recursive: true })
}

/** Prints the size of each asset: `node scripts/assets.js` builds only the assets. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAssets()
  const folder = join(root, 'dist', 'daemon', 'web', 'assets')
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.br')))
    process.stdout.write(`${name} ${readFileSync(join(folder, name)).length}\n`)
}
