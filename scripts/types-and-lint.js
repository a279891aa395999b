// `node scripts/types-and-lint.js [lint]`: checks the types of all sources, and with `lint` also oxlint's rules, of which many rely on
// types: one program does both then, so that types are worked out once. A run after one that passed costs a look at each file's time.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, stamp, stampSources } from './sources.js'

const PROJECTS = ['tsconfig.json', join('daemon', 'web', 'client', 'tsconfig.json')]
const TSC = join('node_modules', 'typescript', 'bin', 'tsc')
const OXLINT = join('node_modules', 'oxlint', 'bin', 'oxlint')
const CHECKS = {
  types: PROJECTS.map((project) => [TSC, '--project', project, '--noEmit']),
  // A file of both projects is checked as one of the nearest.
  lint: [[OXLINT, '--type-aware', '--type-check', '--deny-warnings', '--format=unix']],
}
/** When one of these changes, nothing counts as checked. */
const RULES = ['.oxlintrc.json', join('scripts', 'types-and-lint.js'), ...PROJECTS]
const PACKAGES = ['typescript', 'oxlint', 'oxlint-tsgolint'].map((name) => join('node_modules', name, 'package.json'))
const PASSED = join(root, '.cache', 'passed.json')

/** What passed before, as hashes of all that was looked at, by the name of the check. */
function readPassed() {
  try {
    return JSON.parse(readFileSync(PASSED, 'utf8'))
  } catch {
    return {} // missing, or interrupted while it was written
  }
}

const name = process.argv[2] === 'lint' ? 'lint' : 'types'
const stamps = JSON.stringify([stampSources(), [...RULES, ...PACKAGES].map(stamp)])
const now = createHash('sha256').update(stamps).digest('base64url')
const passed = readPassed()
// Lint checks types too.
if (passed.lint !== now && passed[name] !== now) {
  const hasPassed = (args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0
  // Show what is wrong with each project, not only with the first.
  if (CHECKS[name].map(hasPassed).includes(false)) process.exitCode = 1
  else {
    mkdirSync(join(root, '.cache'), { recursive: true })
    writeFileSync(PASSED, JSON.stringify({ ...passed, [name]: now }))
  }
}
