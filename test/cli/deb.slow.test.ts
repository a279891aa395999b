/** The package for Debian: built, unpacked into a folder, and run from there. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../support/sources.ts'

const run = promisify(execFile)
const SCRIPT = join(root, 'scripts', 'deb.js')
const hasDpkg = spawnSync('dpkg-deb', ['--version']).status === 0

test('a package for Debian holds the program with its libraries, and makes the service', {
  skip: !hasDpkg && 'needs dpkg-deb',
}, async (t) => {
  const folder = await makeFolder(t)
  const built = await run(process.execPath, [SCRIPT, folder, '--uncompressed'])
  const file = built.stdout.trim()
  const fields = (await run('dpkg-deb', ['--field', file])).stdout
  assert.match(fields, /^Package: rhizo$/m)
  assert.match(fields, /^Depends: .*\blibc6 \(>= 2\.\d+\), libstdc\+\+6/m)
  const line = Number(process.versions.node.split('.')[0])
  assert.match(
    fields,
    new RegExp(`^Depends: nodejs \\(>= ${line}(?:\\.\\d+)?\\), nodejs \\(<< ${line + 1}\\),`, 'm'),
    'the line of Node whose SQLite it has',
  )
  await run('dpkg-deb', ['--raw-extract', file, join(folder, 'tree')])
  const settings = join(folder, 'config.yaml')
  const env = { PATH: process.env['PATH'], RHIZO_SERVER_SETTINGS: settings, XDG_CONFIG_HOME: folder }
  const rhizo = join(folder, 'tree', 'usr', 'bin', 'rhizo')
  assert.match((await run(rhizo, ['--version'], { env })).stdout, /^\d+\.\d+\.\d+\n$/)
  await run(rhizo, ['init-db'], { env, cwd: folder })
  assert.ok((await stat(settings)).isFile(), 'its SQLite works')
  assert.ok((await stat(join(folder, 'tree', 'usr', 'lib', 'rhizo', 'dist', 'docs-site', 'index.html'))).isFile(), 'what /-/docs shows')
  for (const [name, words] of [
    ['postinst', /\/run\/systemd\/system.*rhizo service install/],
    ['prerm', /"\$1" = remove.*rhizo service uninstall/],
  ] as const) {
    const path = join(folder, 'tree', 'DEBIAN', name)
    assert.match(await readFile(path, 'utf8'), words)
    assert.equal(spawnSync('sh', ['-n', path]).status, 0)
    assert.equal(spawnSync('sh', [path, 'upgrade']).status, 0, 'does nothing otherwise')
  }
})

/** What ELF files for 32-bit ARM and for this machine's like have in their head. */
const [ARM, X64] = [40, 62]
const hasRegistry = spawnSync('npm', ['view', 'better-sqlite3', 'name', '--fetch-retries=0', '--fetch-timeout=10000']).status === 0

test('a package for another machine holds the libraries of that machine, and none of another one is taken', {
  skip: (!hasDpkg && 'needs dpkg-deb') || (!hasRegistry && 'needs the registry of npm'),
}, async (t) => {
  const folder = await makeFolder(t)
  const cache = join(folder, 'cache')
  const env = { ...process.env, PATH: `${addTools(folder)}${delimiter}${process.env['PATH']}` }
  const build = () => run(process.execPath, [SCRIPT, folder, '--uncompressed', '--keep', cache, '--for', 'armhf'], { env })
  // Compiling takes minutes: what a folder that was kept has is not compiled again. A head of an ELF file is what is looked at.
  keepModule(cache, X64)
  await assert.rejects(build(), /better_sqlite3\.node is for another machine than the package/)
  keepModule(cache, ARM)
  const file = (await build()).stdout.trim()
  assert.match(file, /_armhf\.deb$/)
  const tree = join(folder, 'tree')
  await run('dpkg-deb', ['--raw-extract', file, tree])
  assert.match(readFileSync(join(tree, 'DEBIAN', 'control'), 'utf8'), /^Architecture: armhf$/m)
  const modules = readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter((path) => /\.node$|\.so[.\d]*$/.test(path))
  for (const path of modules) assert.equal(readFileSync(join(tree, path)).readUInt16LE(18), ARM, path)
  for (const library of ['@node-rs/argon2-linux-arm-', '@img/sharp-linux-arm/', '@img/sharp-libvips-linux-arm/', 'better-sqlite3/'])
    assert.ok(
      modules.some((path) => path.includes(library)),
      `${library} among ${modules.join(', ')}`,
    )
})

test('what a package for another machine needs, and a machine that is not known, are told before anything is built', {
  skip: !hasDpkg && 'needs dpkg-deb',
}, async (t) => {
  const folder = await makeFolder(t)
  const build = (name: string) => spawnSync(process.execPath, [SCRIPT, folder, '--for', name], { encoding: 'utf8', env: { PATH: folder } })
  const unknown = build('armv5')
  assert.deepEqual([unknown.status, unknown.stderr], [2, 'There is no package for armv5: only for amd64, arm64, armhf.\n'])
  const without = build('arm64,armhf')
  assert.equal(without.status, 2)
  assert.match(
    without.stderr,
    /arm-linux-gnueabihf-g\+\+ not found: sudo apt-get install .*g\+\+-aarch64-linux-gnu g\+\+-arm-linux-gnueabihf/,
  )
})

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-deb-test-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** What a build leaves in a folder that is kept: headers of Node, and the module. */
function keepModule(cache: string, machine: number): void {
  const line = process.versions.node.split('.')[0]
  mkdirSync(join(cache, `node-${line}`, 'include', 'node'), { recursive: true })
  writeFileSync(join(cache, `node-${line}`, 'package.json'), JSON.stringify({ version: process.versions.node }))
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'better-sqlite3', 'package.json'), 'utf8')) as { version: string }
  const name = `better-sqlite3-${version}-arm-node-${process.versions.node}`
  const file = join(cache, name, 'build', 'Release', 'better_sqlite3.node')
  mkdirSync(dirname(file), { recursive: true })
  const head = Buffer.alloc(64)
  head.write('\x7fELF', 'latin1')
  head.writeUInt16LE(machine, 18)
  writeFileSync(file, head)
}

/** Stand-ins for Debian's cross compiler, which is not run here. @returns the folder */
function addTools(folder: string): string {
  const tools = join(folder, 'tools')
  mkdirSync(tools)
  for (const tool of ['g++', 'strip']) {
    writeFileSync(join(tools, `arm-linux-gnueabihf-${tool}`), '#!/bin/sh\n')
    chmodSync(join(tools, `arm-linux-gnueabihf-${tool}`), 0o755)
  }
  return tools
}
