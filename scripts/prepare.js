// What `npm start` and `npm test` do first on a machine where nobody installed anything: packages, then the build.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a program in the project's folder; its failure is ours. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

/** Runs `npm ci` unless what package-lock.json asks for is installed already. */
export function install() {
  // Packages that are linked in belong to another clone, which installs them itself.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('Installing packages (once; a few minutes on a small machine) …\n')
  // Packages for building and testing too, whatever NODE_ENV says.
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 'inherit'] })
  writeFileSync(stamp, wanted)
}

/** Compiles when a source is newer than the last build; with `fresh`, from nothing. */
export function build({ fresh = false } = {}) {
  const info = join(root, 'dist', '.tsbuildinfo')
  if (fresh) rmSync(join(root, 'dist'), { recursive: true, force: true })
  else if (
    existsSync(info) &&
    existsSync(join(root, 'dist', 'daemon', 'web', 'assets', 'manifest.json')) &&
    newestSource() <= statSync(info).mtimeMs
  )
    return
  process.stderr.write('Building …\n')
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  run(process.execPath, [tsc, '-p', '.'])
  run(process.execPath, [tsc, '-p', join('daemon', 'web', 'client')])
  run(process.execPath, [join('scripts', 'assets.js')], { stdio: ['ignore', 'ignore', 'inherit'] })
  chmodSync(join(root, 'dist', 'bin', 'rhizo.js'), 0o755)
}

function newestSource() {
  const folders = ['bin', 'commands', 'daemon', 'src', 'test', 'bench', 'examples'].map((name) => join(root, name))
  const times = [statSync(join(root, 'tsconfig.json')).mtimeMs]
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (/\.(?:tsx?|css|svg)$/.test(entry.name)) times.push(statSync(path).mtimeMs)
    }
  }
  return Math.max(...times)
}
