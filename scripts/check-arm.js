// `npm run check:arm64 [-- --keep FOLDER]` and `npm run check:armhf`: show that the packed program runs on 64-bit and 32-bit ARM, on this
// machine. Fetches the libraries that come prebuilt from npm, and Node from there or, for 32 bits, from Debian 13; compiles better-sqlite3
// with Debian's cross compiler, and QEMU runs a lab: init, serve, values over three transports, an image with its thumbnail, sealing, a
// restart, doctor. Takes 10 to 20 minutes, most of it for compiling SQLite; a folder that is kept spares that the next time.
// Needs: apt install qemu-user-static g++-aarch64-linux-gnu, or g++-arm-linux-gnueabihf debootstrap.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { tellArm } from './check-arm/lab.js'
import { PLATFORMS, compileDatabase, compilerOf, fetchNode, installLibraries, pack, requirePrograms, say, unpack } from './platforms.js'
import { build, install } from './prepare.js'
import { PRODUCT } from './sources.js'

/** The line of Node that is the least we run on, whose newest version npm has for 64 bits. */
const NODE_LINE = 20
/** The one of Debian that has this line. npm has no Node for 32 bits that is new enough. */
const DEBIAN = 'trixie'
/** By platform: what runs its programs, what is needed beside, and where it finds Node and the libraries that Node is linked to. */
const EMULATED = {
  arm64: { qemu: 'qemu-aarch64-static', needs: {}, system: () => '/usr/aarch64-linux-gnu', node: (work) => join(work, 'node-20/bin/node') },
  armhf: {
    qemu: 'qemu-arm-static',
    needs: { debootstrap: 'debootstrap', 'dpkg-deb': 'dpkg' },
    system: fetchDebian,
    node: (work) => join(work, 'debian-armhf', 'usr', 'bin', 'node'),
  },
}

const { values: options } = parseArgs({ options: { for: { type: 'string', default: 'arm64' }, keep: { type: 'string' } } })
const name = options.for
const emulated = EMULATED[name]
if (emulated === undefined) {
  say(`There is no check for ${name}: only for ${Object.keys(EMULATED).join(', ')}.`)
  process.exit(2)
}
const platform = PLATFORMS[name]
const work = options.keep === undefined ? mkdtempSync(join(tmpdir(), `rhizo-${name}-`)) : resolve(options.keep)
requirePrograms({ [emulated.qemu]: 'qemu-user-static', ...compilerOf(platform), ...emulated.needs })
install()
build(PRODUCT)
mkdirSync(work, { recursive: true })
try {
  const headers = fetchNode(NODE_LINE, work)
  const home = join(work, `rhizo-${name}`)
  say(`Packing rhizo, and fetching its libraries for ${name} …`)
  rmSync(home, { recursive: true, force: true })
  unpack(pack(work, '--ignore-scripts'), home)
  installLibraries(platform, home)
  const addon = join(home, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')
  mkdirSync(dirname(addon), { recursive: true })
  cpSync(compileDatabase(platform, headers, work), addon)
  const program = { node: wrap(), script: join(home, 'dist', 'bin', 'rhizo.js') }
  say('Running a lab …')
  for (const line of await tellArm(program, work)) process.stdout.write(`${line}\n`)
} finally {
  if (options.keep === undefined) rmSync(work, { recursive: true, force: true })
}

/** Unpacks Node of Debian with all that it needs; nothing of it is set up. @returns the folder of a system */
function fetchDebian() {
  const folder = join(work, 'debian-armhf')
  if (existsSync(folder)) return folder
  say(`Fetching Node of Debian ${DEBIAN} for armhf …`)
  const unfinished = `${folder}-unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  const args = ['--download-only', '--arch=armhf', '--variant=minbase', '--include=nodejs', DEBIAN, unfinished]
  execFileSync('debootstrap', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const packages = join(unfinished, 'var', 'cache', 'apt', 'archives')
  for (const file of readdirSync(packages).filter((one) => one.endsWith('.deb')))
    execFileSync('dpkg-deb', ['--extract', join(packages, file), unfinished])
  renameSync(unfinished, folder)
  return folder
}

/** Node under QEMU as one program: this machine's system can't start programs of another by itself, and Node starts itself again. */
function wrap() {
  const wrapper = join(work, `node-for-${name}`)
  const itself = join(work, 'itself.cjs')
  writeFileSync(itself, `process.execPath = process.argv[0] = ${JSON.stringify(wrapper)}\n`)
  const command = [emulated.qemu, '-L', emulated.system(), emulated.node(work), '--require', itself]
  writeFileSync(wrapper, `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`)
  chmodSync(wrapper, 0o755)
  return wrapper
}
