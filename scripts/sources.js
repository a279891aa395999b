// Finds the sources, and which of them changed since they were compiled. Loads only Node's own modules, so that a start without changes
// costs one look at each file's time.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Folders that a server and the command line need, and those that are also compiled for tests and benchmarks. */
export const PRODUCT = ['bin', 'commands', 'daemon', 'src']
export const ALL = [...PRODUCT, 'test', 'bench']

/** Scripts for browsers are bundled by assets.js instead. */
const BROWSER = join('daemon', 'web', 'client')
/** The command line and the daemon in one file. */
export const PROGRAM = join('dist', 'program', 'rhizo.cjs')
const RECORD = join(root, 'dist', '.built.json')

/** When one of these changes, everything is compiled again. */
const TOOLS = [
  'tsconfig.json',
  'package.json',
  join('scripts', 'compile.js'),
  join('scripts', 'libraries.js'),
  join('scripts', 'program.js'),
  'package-lock.json',
  join('scripts', 'sources.js'),
  join('node_modules', 'esbuild', 'package.json'),
]

/** A file's size and time; '' when it is missing. */
export function stamp(file) {
  const found = statSync(join(root, file), { throwIfNoEntry: false })
  return found ? `${found.size} ${found.mtimeMs}` : ''
}

const stampAll = (files) => Object.fromEntries(files.map((file) => [file, stamp(file)]))

/** Path of a source's JavaScript, relative to the root. */
export const outputOf = (source) => join('dist', source.replace(/\.tsx?$/, '.js'))

function listSources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return path === BROWSER ? [] : listSources(path)
    return /(?<!\.d)\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** Stamps of all sources whose types are checked, by file: scripts for browsers too. */
export const stampSources = () => stampAll([...ALL, BROWSER].flatMap(listSources))

/**
 * What the last build was made of: `tools`, `sources` and `assets` are stamps by file. Undefined if there was none, or other tools made it.
 */
function readRecord() {
  if (!existsSync(RECORD)) return undefined
  try {
    const record = JSON.parse(readFileSync(RECORD, 'utf8'))
    return isSame(record.tools) && Object.keys(record.tools).length === TOOLS.length ? record : undefined
  } catch {
    return undefined // interrupted while it was written
  }
}

const isSame = (stamps) => Object.entries(stamps).every(([file, before]) => stamp(file) === before)

/**
 * Compares sources in the folders with the last build. `fresh`: nothing in dist can be relied on. `changed`: sources to compile. `gone`:
 * removed sources whose output is left. `isWithoutProgram`: whether there is no bundle of the program. `assets`: whether files for browsers
 * must be bundled again. `record`: what to store after the build.
 */
export function findChanges(folders) {
  const before = readRecord()
  const sources = stampAll(folders.flatMap(listSources))
  const kept = Object.entries(before?.sources ?? {}).filter(([file]) => !folders.includes(file.split(/[\\/]/, 1)[0]))
  return {
    fresh: before === undefined,
    changed: Object.keys(sources).filter((file) => before?.sources[file] !== sources[file] || !existsSync(join(root, outputOf(file)))),
    gone: Object.keys(before?.sources ?? {}).filter((file) => stamp(file) === ''),
    isWithoutProgram: !existsSync(join(root, PROGRAM)),
    assets:
      before?.assets === undefined || !isSame(before.assets) || !existsSync(join(root, 'dist', 'daemon', 'web', 'assets', 'manifest.json')),
    record: {
      tools: stampAll(TOOLS),
      sources: { ...Object.fromEntries(kept.filter(([file]) => stamp(file) !== '')), ...sources },
      assets: before?.assets,
    },
  }
}

export const isUpToDate = ({ fresh, changed, gone, isWithoutProgram, assets }) =>
  !fresh && changed.length === 0 && gone.length === 0 && !isWithoutProgram && !assets

/** Stores what was built. @param inputs files that the assets were made of; undefined if they were not built now */
export function writeRecord(record, inputs) {
  writeFileSync(RECORD, JSON.stringify({ ...record, assets: inputs === undefined ? record.assets : stampAll(inputs) }, null, 1))
}
