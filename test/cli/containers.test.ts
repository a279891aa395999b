/** Dockerfile, compose.yaml and the file for a Pi's first start: what they name is there, and means what they say. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { parse } from 'yaml'
import { buildProgram } from '../../commands/main.ts'
import { resolveSettings } from '../../src/settings/settings.ts'
import { readSource } from '../support/sources.ts'

interface Compose {
  services: Record<
    string,
    { environment: Record<string, string>; volumes: string[]; cap_drop: string[]; stop_grace_period: string; ports: string[] }
  >
  volumes: Record<string, unknown>
}

const dockerfile = readSource('Dockerfile').replaceAll('\\\n', ' ')
const secrets = { SALT: 's'.repeat(32), SECRET_KEY: 'k'.repeat(32) }

/** The settings in force, from variables of the environment. */
const settingsOf = (environment: Record<string, string>) => resolveSettings(secrets, '/data/config.yaml', environment)

test('the image runs as a user of its own, with settings that are known, and says whether it is well', () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const environment = Object.fromEntries(
    [...last.matchAll(/\b(RHIZO_SERVER_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  )
  const { LISTEN_ADDRESS, PORT, SHUTDOWN_TIMEOUT, databaseFile, storageFolder } = settingsOf(environment)
  assert.deepEqual([LISTEN_ADDRESS, PORT], ['0.0.0.0', 5000])
  for (const path of [databaseFile, storageFolder]) assert.ok(path.startsWith('/data/'), path)
  assert.match(last, /^USER (?!0\b|root)\d+:\d+$/m)
  assert.match(last, /^VOLUME \/data$/m)
  assert.match(last, /exec rhizo serve/, 'signals reach the server')
  // The check of health is a program that can be run.
  const check = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(last)?.[1]
  const [program = '', option = '', script = ''] = JSON.parse(check ?? '[]') as string[]
  assert.deepEqual([program, option], ['node', '-e'])
  assert.equal(spawnSync(process.execPath, [option, script.replace(':5000', ':1')]).status, 1, 'without a server it is not well')
  const ignored = readSource('.dockerignore').split('\n')
  for (const name of ['.git', 'node_modules', 'settings/config.yaml']) assert.ok(ignored.includes(name), name)

  const { services, volumes } = parse(readSource('compose.yaml')) as Compose
  const { rhizo } = services
  assert.ok(rhizo)
  settingsOf(rhizo.environment)
  assert.deepEqual(rhizo.cap_drop, ['ALL'])
  assert.ok(Number.parseInt(rhizo.stop_grace_period) > SHUTDOWN_TIMEOUT)
  assert.deepEqual(
    rhizo.volumes.map((volume) => volume.split(':')[0]).filter((name) => !(name !== undefined && name in volumes)),
    [],
  )
})

test('a Pi makes itself a server by commands that there are', async () => {
  const source = readSource('examples/pi/user-data')
  assert.ok(source.startsWith('#cloud-config\n'))
  const { runcmd, write_files: files } = parse(source) as {
    runcmd: (string | string[])[]
    write_files: { path: string; content: string }[]
  }
  // A line with a colon in it would be read as something else than a command.
  const lines = runcmd.map((command) => (Array.isArray(command) ? command.join(' ') : command))
  for (const line of lines) assert.equal(typeof line, 'string', JSON.stringify(line))
  const program = await buildProgram(() => true)
  const calls = lines.filter((line) => line.startsWith('rhizo ')).map((line) => line.split(' ').slice(1))
  assert.ok(calls.length > 0)
  for (const [first, second] of calls)
    assert.ok(
      program.commands.find((one) => one.name() === first)?.commands.some((one) => one.name() === second),
      `${first} ${second}`,
    )
  assert.ok(lines.indexOf('rhizo service install') > lines.findIndex((line) => line.startsWith('npm install')))
  for (const { path, content } of files) {
    const { status, stderr } = spawnSync('sh', ['-n'], { input: content, encoding: 'utf8' })
    assert.equal(status, 0, `${path}: ${stderr}`)
  }
})
