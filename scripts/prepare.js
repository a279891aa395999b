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
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 'inherit'] })
  writeFileSync(stamp, wanted)
}

/** Compiles what changed since the last build. @param folders to compile; a server needs no tests */
export function build(folders = ALL) {
  if (isUpToDate(findChanges(folders))) return
  process.stderr.write('Building …\n')
  run(process.execPath, [join('scripts', 'compile.js'), ...folders], { stdio: ['ignore', 2, 'inherit'] })
}
