// `node scripts/types-and-lint.js [lint]`: checks the types of all sources, and with `lint` also ESLint's rules, which rely on types. One
// process does both, so that types are worked out once. It keeps what it found in .cache: a second run checks the types of what changed and
// what depends on that, and lints files whose own text changed, or the types of what they import.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { root, stamp, stampSources } from './sources.js'

const PROJECTS = { sources: 'tsconfig.json', browser: join('daemon', 'web', 'client', 'tsconfig.json') }
/** When one of these changes, every file is linted again. */
const RULES = ['eslint.config.js', 'package-lock.json', join('scripts', 'types-and-lint.js'), ...Object.values(PROJECTS)]
const LINTED = join(root, '.cache', 'linted.json')
const PASSED = join(root, '.cache', 'passed.json')

const hash = (...texts) => texts.reduce((sum, text) => sum.update(text).update('\n'), createHash('sha256')).digest('base64url')

const buildInfoFile = (name) => join(root, '.cache', `${name}.tsbuildinfo`)

/** Checks one project. @returns its program, and what is wrong with its types */
function checkTypes(ts, name, configFile) {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
    },
  }
  const kept = { incremental: true, noEmit: true, tsBuildInfoFile: buildInfoFile(name) }
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(join(root, configFile), kept, host)
  const builder = ts.createIncrementalProgram({ rootNames: fileNames, options, configFileParsingDiagnostics: errors })
  const wrong = [
    ...builder.getConfigFileParsingDiagnostics(),
    ...builder.getOptionsDiagnostics(),
    ...builder.getGlobalDiagnostics(),
    ...builder.getSyntacticDiagnostics(),
    ...builder.getSemanticDiagnostics(),
    ...(options.declaration ? builder.getDeclarationDiagnostics() : []),
  ]
  builder.emit() // the build info alone
  return { program: builder.getProgram(), wrong: ts.sortAndDeduplicateDiagnostics(wrong) }
}

/**
 * What linting a file depends on, as a hash: its text, and the shapes (what a .d.ts would say) of all that it imports, directly or not.
 * TypeScript keeps both in its build info. @returns hashes by path
 */
function hashFiles(name) {
  const { fileNames, fileInfos, referencedMap = [], fileIdsList = [] } = JSON.parse(readFileSync(buildInfoFile(name), 'utf8'))
  // Numbers of files begin with 1, those of lists too.
  const imported = new Map(referencedMap.map(([file, list]) => [file, fileIdsList[list - 1]]))
  const shapeOf = (file) => {
    const info = fileInfos[file - 1]
    return typeof info === 'string' ? info : info.signature || info.version
  }
  const textOf = (file) => (typeof fileInfos[file - 1] === 'string' ? fileInfos[file - 1] : fileInfos[file - 1].version)
  const hashes = new Map()
  for (const [at, path] of fileNames.entries()) {
    const file = at + 1
    const reached = new Set(imported.get(file))
    for (const one of reached) for (const next of imported.get(one) ?? []) reached.add(next)
    const shapes = [...reached].sort((a, b) => a - b).map((one) => `${fileNames[one - 1]} ${shapeOf(one)}`)
    hashes.set(resolve(root, '.cache', path), hash(textOf(file), ...shapes.sort()))
  }
  return hashes
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {} // missing, or interrupted while it was written
  }
}

/** Lints what changed. @returns whether there are no errors */
async function lint(programs, hashes) {
  const rules = hash(process.version, ...RULES.map((file) => readFileSync(join(root, file), 'utf8')))
  const before = readJson(LINTED)
  const linted = before.rules === rules ? before.files : {}
  const files = [...hashes.keys()]
  const changed = files.filter((file) => linted[relative(root, file)] !== hashes.get(file))
  const faulty = new Set()
  let errors = 0
  if (changed.length > 0) {
    const { ESLint } = await import('eslint')
    const types = { files: ['**/*.ts', '**/*.tsx'], languageOptions: { parserOptions: { programs, project: null } } }
    const eslint = new ESLint({ cwd: root, overrideConfig: [types] })
    const results = await eslint.lintFiles(changed)
    const formatter = await eslint.loadFormatter('stylish')
    process.stdout.write(await formatter.format(results))
    for (const { filePath, messages } of results) if (messages.length > 0) faulty.add(filePath)
    errors = results.reduce((sum, { errorCount }) => sum + errorCount, 0)
  }
  const passed = files.filter((file) => !faulty.has(file)).map((file) => [relative(root, file), hashes.get(file)])
  writeFileSync(LINTED, JSON.stringify({ rules, files: Object.fromEntries(passed) }, null, 1))
  return errors === 0
}

/** @returns whether all passed */
async function main(withLint) {
  const { default: ts } = await import('typescript')
  const checked = Object.entries(PROJECTS).map(([name, configFile]) => ({ name, ...checkTypes(ts, name, configFile) }))
  const wrong = checked.flatMap((one) => one.wrong)
  const formatHost = { getCanonicalFileName: (path) => path, getCurrentDirectory: () => root, getNewLine: () => '\n' }
  process.stdout.write(ts.formatDiagnostics(wrong, formatHost))
  if (wrong.length > 0) return false
  if (!withLint) return true
  // A file of both projects is linted with the types of the first.
  const hashes = new Map()
  for (const { name, program } of checked) {
    const known = hashFiles(name)
    for (const file of program.getRootFileNames().map((path) => resolve(path))) {
      if (!known.has(file)) throw new Error(`TypeScript's build info of ${name} says nothing of ${file}`)
      if (!hashes.has(file)) hashes.set(file, known.get(file))
    }
  }
  return lint(
    checked.map(({ program }) => program),
    hashes,
  )
}

mkdirSync(join(root, '.cache'), { recursive: true })
const withLint = process.argv[2] === 'lint'
const packages = ['typescript', 'eslint', 'typescript-eslint'].map((name) => stamp(join('node_modules', name, 'package.json')))
const now = hash(JSON.stringify([stampSources(), RULES.map(stamp), packages]))
const passed = readJson(PASSED)
if (passed.lint !== now && (withLint || passed.types !== now)) {
  if (await main(withLint)) writeFileSync(PASSED, JSON.stringify({ ...passed, [withLint ? 'lint' : 'types']: now }))
  else process.exitCode = 1
}
