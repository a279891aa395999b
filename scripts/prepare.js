// What `npm start` and `npm test` do first: install packages, then build.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALL, findChanges, isUpToDate, root } from './sources.js'

export { root }

/** Runs a program in the project's folder; exits if it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** Runs `npm ci`, unless the packages of package-lock.json are installed already. */
export function install() {
  // Linked packages belong to another clone, which installs them itself.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('Installing packages (once; a few minutes on a small machine) …\n')
  // Include packages for building and testing, whatever NODE_ENV says.
  const { status, stderr, error } = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 'pipe'],
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  })
  if (error) throw error
  if (status !== 0) {
    process.stderr.write(explainFailure(stderr, process.platform) ?? stderr)
    process.exit(status ?? 1)
  }
  process.stderr.write(stderr)
  writeFileSync(stamp, wanted)
}

/**
 * What to install where a native module could neither be downloaded nor compiled: npm says that in some twenty lines, none of which does.
 * @param output of npm on stderr
 * @returns undefined when it failed for another reason
 */
export function explainFailure(output, platform) {
  if (!/node-gyp|prebuild-install|gyp ERR/.test(output)) return undefined
  const how =
    platform === 'linux'
      ? 'install a compiler with "sudo apt install build-essential python3" (on other systems: gcc, make and Python)'
      : platform === 'darwin'
        ? 'install a compiler with "xcode-select --install"'
        : 'install the "Desktop development with C++" of Visual Studio Build Tools, and Python'
  return `rhizo: the native module of the database could be neither downloaded nor compiled here: ${how}, then run this again.\n`
}

/** Compiles what changed since the last build. @param folders to compile; a server needs no tests */
export function build(folders = ALL) {
  if (isUpToDate(findChanges(folders))) return
  process.stderr.write('Building …\n')
  run(process.execPath, [join('scripts', 'compile.js'), ...folders], { stdio: ['ignore', 2, 'inherit'] })
}
