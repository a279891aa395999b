// Bundles what browsers get: scripts of daemon/web/client/pages and the style sheet, minified, named by their content,
// compressed once here, so that a Pi need not do it for each visitor. Writes dist/daemon/web/assets with a manifest.
import { build } from 'esbuild'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const web = join(root, 'daemon', 'web')

export async function buildAssets() {
  const outdir = join(root, 'dist', 'daemon', 'web', 'assets')
  const pages = readdirSync(join(web, 'client', 'pages')).filter((name) => name.endsWith('.ts'))
  const entryPoints = [
    ...pages.map((name) => join(web, 'client', 'pages', name)),
    join(web, 'styles', 'main.css'),
    join(web, 'styles', 'favicon.svg'),
  ]
  const { metafile, outputFiles } = await build({
    entryPoints,
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome120', 'firefox121', 'safari17.4'],
    entryNames: '[name]-[hash]',
    chunkNames: 'chunk-[hash]',
    loader: { '.svg': 'copy' },
    metafile: true,
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
    absWorkingDir: root,
  })
  rmSync(outdir, { recursive: true, force: true })
  mkdirSync(outdir, { recursive: true })
  const manifest = { files: {}, imports: {} }
  for (const { path, contents } of outputFiles) {
    writeFileSync(path, contents)
    if (contents.length < 500) continue
    writeFileSync(`${path}.br`, brotliCompressSync(contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
    writeFileSync(`${path}.gz`, gzipSync(contents, { level: 9 }))
  }
  for (const [path, { entryPoint, cssBundle, imports }] of Object.entries(metafile.outputs)) {
    const file = basename(path)
    const name = entryPoint === undefined ? file : basename(entryPoint).replace(/\.ts$/, '.js')
    // The style sheet that a script imports (of a library, say) goes under the script's name.
    if (entryPoint !== undefined && file.endsWith('.css') && entryPoint.endsWith('.ts')) continue
    manifest.files[name] = file
    if (cssBundle !== undefined) manifest.files[name.replace(/\.js$/, '.css')] = basename(cssBundle)
    if (entryPoint !== undefined && file.endsWith('.js')) manifest.imports[name] = importsOf(metafile.outputs, imports)
  }
  writeFileSync(join(outdir, 'manifest.json'), JSON.stringify(manifest, null, 1))
}

/** Chunks that a script needs, and those that these need. */
function importsOf(outputs, imports, found = new Set()) {
  for (const { path, kind } of imports) {
    if (kind !== 'import-statement' || found.has(path)) continue
    found.add(path)
    importsOf(outputs, outputs[path]?.imports ?? [], found)
  }
  return [...found].map((path) => basename(path))
}

/** Prints what a page costs: `node scripts/assets.js` builds only the assets. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAssets()
  const folder = join(root, 'dist', 'daemon', 'web', 'assets')
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.br')))
    process.stdout.write(`${name} ${readFileSync(join(folder, name)).length}\n`)
}
