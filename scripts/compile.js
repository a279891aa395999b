// `node scripts/compile.js [FOLDER…]`: compiles changed sources to JavaScript, each to the same place in dist with its source map, and
// bundles files for browsers. It doesn't check types: `npm run types` does, which takes ten times as long.
import { build } from 'esbuild'
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { buildAssets } from './assets.js'
import { bundleLibraries, bundleOf } from './libraries.js'
import { bundleProgram } from './program.js'
import { ALL, PRODUCT, findChanges, outputOf, root, writeRecord } from './sources.js'

/** How many sources esbuild gets at a time, since it keeps all its output in memory until the last one is done. */
const AT_ONCE = 100

async function compile(sources) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: 'dist',
    outbase: '.',
    bundle: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    charset: 'utf8',
    sourcemap: 'linked',
    sourcesContent: false,
    tsconfig: 'tsconfig.json',
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  for (const { path, contents, text } of outputFiles) {
    const output = metafile.outputs[relative(root, path).replaceAll('\\', '/')]
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, path.endsWith('.js') ? renameImports(text, output.imports, path) : contents)
  }
}

/** Sources import one another as `./name.ts`, and libraries by name; compiled files are `./name.js`, and some libraries are bundled. */
function renameImports(text, imports, path) {
  const names = new Map()
  for (const { path: name } of imports) {
    const bundle = bundleOf(name)
    if (/^\.\.?\/.*\.tsx?$/.test(name)) names.set(name, name.replace(/\.tsx?$/, '.js'))
    else if (bundle !== undefined) names.set(name, toModuleName(relative(dirname(path), join(root, bundle))))
  }
  const found = new Set()
  const renamed = text.replace(/\b(from |import |import\()"([^"\n]+)"/g, (whole, before, name) => {
    if (!names.has(name)) return whole
    found.add(name)
    return `${before}"${names.get(name)}"`
  })
  const missed = [...names.keys()].filter((name) => !found.has(name))
  if (missed.length > 0) throw new Error(`${path}: no import of ${missed.join(', ')} was found in what esbuild wrote`)
  return renamed
}

const toModuleName = (path) => (path.startsWith('.') ? '' : './') + path.replaceAll('\\', '/')

/** Removes everything that was built, except for files for browsers: these are named by their content, and a new build replaces them. */
function clear() {
  const dist = join(root, 'dist')
  const keep = join(dist, 'daemon', 'web', 'assets')
  const clearFolder = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (path === keep) continue
      if (keep.startsWith(path + '/')) clearFolder(path)
      else rmSync(path, { recursive: true })
    }
  }
  mkdirSync(dist, { recursive: true })
  clearFolder(dist)
}

const isOfProgram = (source) => PRODUCT.includes(source.split(/[\\/]/, 1)[0])

const folders = process.argv.slice(2)
const { fresh, changed, gone, isWithoutProgram, assets, record } = findChanges(folders.length > 0 ? folders : ALL)
if (fresh) clear()
for (const output of gone.map(outputOf)) for (const ending of ['', '.map']) rmSync(join(root, output + ending), { force: true })

async function compileAll() {
  for (let from = 0; from < changed.length; from += AT_ONCE) await compile(changed.slice(from, from + AT_ONCE))
  chmodSync(join(root, 'dist', 'bin', 'rhizo.js'), 0o755)
}

try {
  const [inputs] = await Promise.all([assets ? buildAssets() : undefined, compileAll(), fresh ? bundleLibraries() : undefined])
  if (isWithoutProgram || [...changed, ...gone].some(isOfProgram)) await bundleProgram()
  writeRecord(record, inputs)
} catch (error) {
  // esbuild has already printed what is wrong with a source.
  if (error.errors === undefined) throw error
  process.exitCode = 1
}
