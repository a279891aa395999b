/** Watching over controllers and values from the command line. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { TestContext } from 'node:test'
import { startCommandLineLab, type CommandLineLab } from '../support/command-line.ts'

/** One that could send, so that commands have nothing to warn of. */
async function startSendingLab(t: TestContext): Promise<CommandLineLab> {
  const lab = await startCommandLineLab(t)
  const settings = {
    PRODUCTION: 'true',
    OUTGOING_EMAIL_SERVER: '127.0.0.1',
    OUTGOING_EMAIL_PORT: '1',
    OUTGOING_EMAIL_ADDRESS: 'lab@example.com',
    TWILIO_ACCOUNT_SID: 'AC0',
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_API_URL: 'http://127.0.0.1:1',
    TEXT_FROM_PHONE_NUMBER: '+15550000000',
  }
  await lab.stopServer()
  for (const [name, value] of Object.entries(settings)) lab.env[`RHIZO_SERVER_${name}`] = value
  await lab.startServer()
  return lab
}

test('controllers are watched, and how they are is shown in a table, for scripts as JSON and exit code', async (t) => {
  const lab = await startSendingLab(t)
  const { secret_key: key } = (await lab.json('controller', 'create', '/test-org/north', '--with-key')) as { secret_key: string }
  await lab.run('controller', 'create', '/test-org/south')
  const missing = await lab.rhizo('controller', 'watch', '/test-org/north')
  assert.deepEqual([missing.code, missing.stdout], [2, ''])
  assert.equal(
    await lab.run('controller', 'watch', '/test-org/north', '--after', '10m', '--to', 'ann@example.com', '+15551234567', '--counts', 'any'),
    '',
  )
  await lab.run('whoami', '--key', key)
  const rows = (await lab.json('controller', 'status')) as {
    path: string
    silent: boolean | null
    watchdog_minutes: number | null
    last_heard_timestamp: string | null
  }[]
  assert.deepEqual(
    rows.map(({ path, silent, watchdog_minutes: minutes }) => [path, silent, minutes]),
    [
      ['/test-org/north', false, 10],
      ['/test-org/south', null, null],
    ],
  )
  assert.ok(rows[0]?.last_heard_timestamp)
  assert.match(await lab.run('controller', 'status', '/test-org'), /^\/test-org\/north .*10 min .*\n\/test-org\/south +never heard .*\n$/)
  assert.match(await lab.run('controller', 'status', '/test-org/north'), /\nwatched +silence of more than 10 min is told\n/)

  // A sixtieth of a second: it is silent as soon as anybody asks.
  await lab.run('controller', 'watch', '/test-org/north', '--after', '0.01')
  const silent = await lab.rhizo('controller', 'status')
  assert.deepEqual([silent.code, silent.stderr], [1, ''])
  assert.match(silent.stdout, /^\/test-org\/north +SILENT/)
  assert.equal((await lab.rhizo('controller', 'status', '/test-org/south')).code, 0)
  await lab.run('controller', 'watch', '/test-org/north', '--off')
  assert.equal((await lab.rhizo('controller', 'status', '--json')).code, 0)
  assert.equal((await lab.rhizo('controller', 'status', '/test-org/none')).code, 4)
})

test('alerts are created, tried, listed and removed from the command line', async (t) => {
  const lab = await startSendingLab(t)
  const path = '/test-org/freezer/temperature'
  await lab.run('seq', 'create', path, '--units', 'C')
  const csv = Array.from(
    { length: 100 },
    (_, minute) => `${new Date(Date.now() - (100 - minute) * 60_000).toISOString()},${minute >= 20 && minute < 30 ? -10 : -18}\n`,
  ).join('')
  assert.equal((await lab.rhizoWithInput(csv, 'seq', 'import', path, '-')).code, 0)

  const trial = (await lab.json('alert', 'test', path, '--above', '-15', '--for', '5m', '--since', '1d')) as {
    value: number
    units: string
    told: boolean
    end_timestamp: string | null
  }[]
  assert.deepEqual(
    trial.map(({ value, units, told }) => [value, units, told]),
    [[-10, 'C', true]],
  )
  assert.ok(trial[0]?.end_timestamp)
  assert.deepEqual(await lab.json('alert', 'test', path, '--outside', '-20:-5'), [])

  assert.equal(
    await lab.run(
      'alert',
      'create',
      path,
      '--above',
      '-15',
      '--for',
      '5m',
      '--hysteresis',
      '1',
      '--quiet',
      '1h',
      '--to',
      'ann@example.com',
      '+15551234567',
    ),
    '',
  )
  assert.deepEqual(await lab.json('alert', 'create', path, '--silent', '30m', '--name', 'no values', '--to', 'https://example.com/hook'), {
    path,
    name: 'no values',
  })
  const [first, second] = (await lab.json('alert', 'ls', '/test-org')) as Record<string, unknown>[]
  assert.deepEqual(
    [first?.['name'], first?.['condition'], first?.['quiet_seconds'], first?.['recipients'], first?.['active']],
    ['above -15', 'above -15 for 5m', 3_600, ['ann@example.com', '+15551234567'], false],
  )
  assert.deepEqual([second?.['name'], second?.['for_seconds']], ['no values', 1_800])
  assert.match(
    await lab.run('alert', 'ls'),
    /^\/test-org\/freezer\/temperature +above -15 +above -15 C for 5m +ann@example\.com, \+15551234567\n/,
  )
  assert.equal(await lab.run('alert', 'ls', '--active'), '')
  assert.match(await lab.run('alert', 'test', path, '--name', 'above -15'), /^\S+Z +\S+Z +-10 C\n$/)
  const several = await lab.rhizo('alert', 'test', path)
  assert.deepEqual(
    [several.code, several.stderr],
    [2, `rhizo: ${path} has several alerts: choose one with --name: "above -15", "no values".\n`],
  )

  assert.deepEqual(await lab.json('alert', 'update', path, 'above -15', '--above', '-12'), { path, name: 'above -12' })
  assert.equal(await lab.run('alert', 'update', path, 'no values', '--off', '--to', 'bob@example.com'), '')
  const changed = (await lab.json('alert', 'ls', path)) as Record<string, unknown>[]
  assert.deepEqual(
    changed.map(({ name, condition, enabled, recipients }) => [name, condition, enabled, recipients]),
    [
      ['above -12', 'above -12 for 5m', true, ['ann@example.com', '+15551234567']],
      ['no values', 'silent for 30m', false, ['bob@example.com']],
    ],
  )
  assert.match(await lab.run('alert', 'ls'), /no values +silent for 30m +turned off/)
  assert.equal((await lab.rhizo('alert', 'update', path, 'none', '--on')).code, 4)

  const wrong = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await lab.rhizo('alert', ...args)
    assert.equal(code, 2, stderr)
    return stderr
  }
  assert.match(
    await wrong('create', path, '--above', '1', '--below', '0', '--to', 'ann@example.com'),
    /--above and --below are alerts of their own/,
  )
  assert.match(await wrong('create', path, '--to', 'ann@example.com'), /Say when the alert is on/)
  assert.match(await wrong('create', path, '--above', '1'), /Say who gets the message/)
  assert.match(await wrong('update', path, 'no values'), /Say what to change/)
  assert.match(await wrong('update', path, 'no values', '--on', '--off'), /--on and --off exclude each other/)
  assert.match(await wrong('create', path, '--silent', 'long', '--to', 'ann@example.com'), /--silent is not a duration: "long"/)
  assert.match(await wrong('create', path, '--outside', '5', '--to', 'ann@example.com'), /--outside must be LOW:HIGH/)
  assert.equal((await lab.rhizo('alert', 'rm', path, 'none')).code, 4)
  assert.equal(await lab.run('alert', 'rm', path, 'no values'), '')
  assert.equal(((await lab.json('alert', 'ls', path)) as unknown[]).length, 1)
})
