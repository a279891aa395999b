/** The package as it leaves `npm pack`: small, whole without what only builds and tests need, and gone after `npm uninstall`. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { findFreePort } from '../support/free-port.ts'
import { root } from '../support/sources.ts'

const MOST_BYTES = 6_000_000
const run = promisify(execFile)

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean; readonly cpu?: readonly string[] }>>
}

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock

test('the packed package is small, runs from an empty prefix and is removed without a trace', async (t) => {
  const folder = await makeFolder(t)
  const packed = await pack(root, folder)
  assert.ok(packed.size <= MOST_BYTES, `the package has ${packed.size} bytes`)
  const paths = new Set(packed.files.map(({ path }) => path))
  for (const path of ['dist/bin/rhizo.js', 'settings/rhizo.service', 'settings/config.sample.yaml', 'README.md', 'LICENSE', 'docs/cli.md'])
    assert.ok(paths.has(path), path)
  assert.deepEqual(
    [...paths].filter((path) =>
      /^(?:src|test|bench|dist\/test|dist\/bench|node_modules)\/|\.tsx?$(?<!\.d\.ts)|\.env|config\.yaml$/.test(path),
    ),
    [],
  )

  const prefix = join(folder, 'prefix')
  mkdirSync(prefix)
  await npm(folder, 'install', '--global', '--prefix', prefix, '--offline', '--ignore-scripts', await withLibraries(packed, folder))
  const command = join(prefix, 'bin', 'rhizo')
  const port = await findFreePort()
  const lab = join(folder, 'lab')
  mkdirSync(lab)
  const env = {
    PATH: process.env['PATH'],
    RHIZO_SERVER_SETTINGS: join(lab, 'config.yaml'),
    RHIZO_SERVER_PORT: String(port),
    RHIZO_SERVER_MQTT_TCP_PORT: '0',
    XDG_CONFIG_HOME: join(lab, 'profile'),
  }
  const rhizo = async (...args: string[]): Promise<string> => (await run(command, args, { cwd: lab, env })).stdout
  assert.match(await rhizo('--version'), /^\d+\.\d+\.\d+\n$/)
  await rhizo('init-db')
  await rhizo('create-admin', 'ann@example.com:correct-horse-9', '--org', 'lab')
  const server = spawn(command, ['serve', '--json'], { cwd: lab, env, stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => server.kill('SIGKILL'))
  await once(createInterface(server.stdout), 'line')
  await rhizo('seq', 'create', '/lab/temperature')
  await rhizo('seq', 'update', '/lab/temperature', '4.5')
  assert.equal(await rhizo('cat', '/lab/temperature'), '4.5')
  assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /<html/)
  assert.match(await rhizo('service', 'install', '--print'), /^ExecStart=.*serve$/m)
  server.kill('SIGTERM')
  assert.deepEqual(await once(server, 'exit'), [0, null])

  await npm(folder, 'uninstall', '--global', '--prefix', prefix, 'rhizo')
  assert.equal(existsSync(command), false)
  assert.deepEqual(
    readdirSync(prefix, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('rhizo')),
    [],
  )
  assert.ok(existsSync(join(lab, 'rhizo.db')), 'the lab stays')
})

test('what is compiled comes prebuilt for a Pi', () => {
  const names = Object.keys(lock.packages)
  for (const name of [
    '@node-rs/argon2-linux-arm64-gnu',
    '@node-rs/argon2-linux-arm-gnueabihf',
    '@img/sharp-linux-arm64',
    '@img/sharp-linux-arm',
  ])
    assert.ok(
      names.some((path) => path.endsWith(`node_modules/${name}`)),
      name,
    )
  // Of all packages that are installed with the server, this one alone has a script; it fetches what its makers built.
  const scripted = Object.entries(lock.packages).filter(
    ([, entry]) => 'hasInstallScript' in entry && entry.dev !== true && entry.optional !== true,
  )
  assert.deepEqual(
    scripted.map(([path]) => path),
    ['node_modules/better-sqlite3'],
  )
  const { scripts } = JSON.parse(readFileSync(join(root, 'node_modules', 'better-sqlite3', 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  assert.match(scripts['install'] ?? '', /^prebuild-install \|\|/)
})

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-packed-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Packs what is built already. */
async function pack(from: string, to: string): Promise<Packed> {
  const { stdout } = await npm(from, 'pack', '--ignore-scripts', '--json', '--pack-destination', to)
  // npm 12 tells of packages by their names, earlier ones in a list.
  const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed>)
  return packed ?? assert.fail('nothing was packed')
}

/**
 * The same package with the libraries that it names beside it, and none of those that only builds and tests need, so that it is installed
 * without a registry. @returns the file
 */
async function withLibraries({ filename }: Packed, folder: string): Promise<string> {
  await run('tar', ['-xzf', join(folder, filename), '-C', folder])
  const unpacked = join(folder, 'package')
  // Libraries inside of libraries come with these.
  const isWanted = ([path, { dev }]: [string, { readonly dev?: boolean }]): boolean =>
    /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && dev !== true && existsSync(join(root, path))
  const wanted = Object.entries(lock.packages).filter(isWanted)
  const file = join(unpacked, 'package.json')
  const described = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  writeFileSync(file, JSON.stringify({ ...described, bundleDependencies: wanted.map(([path]) => path.slice('node_modules/'.length)) }))
  const bundle = join(folder, 'bundled.tar')
  await run('tar', ['-cf', bundle, '-C', folder, 'package'])
  // Without what a build alone needs.
  const without = ['better-sqlite3/deps', 'better-sqlite3/build/Release/obj*', '*.map', '*.md', '@types'].map((name) => `--exclude=${name}`)
  const paths = wanted.map(([path]) => path).filter((path) => !path.includes('@types'))
  await run('tar', ['-rf', bundle, '--dereference', '--transform=s,^node_modules,package/node_modules,', ...without, '-C', root, ...paths])
  return bundle
}

const npm = (cwd: string, ...args: string[]): Promise<{ stdout: string }> =>
  run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, maxBuffer: 50e6 })
