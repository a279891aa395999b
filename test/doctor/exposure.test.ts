import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkAdmins } from '../../src/doctor/admins-check.ts'
import { checkExposure } from '../../src/doctor/exposure-check.ts'
import { checkPermissions } from '../../src/doctor/permissions-check.ts'
import { Report } from '../../src/doctor/report.ts'
import { takeDaemonLock } from '../../src/database/sqlite/daemon-lock.ts'
import { labSettings, startLab } from '../support/lab.ts'

const subjects = (settings: Record<string, unknown>): string[] => {
  const report = new Report()
  checkExposure(report, labSettings('/tmp', settings))
  for (const { advice } of report.findings) assert.notEqual(advice, '')
  return report.findings.map(({ subject }) => subject)
}

test('what other machines can reach in plain, or read without a key, is named', () => {
  assert.deepEqual(subjects({}), [], 'a server of this machine alone')
  assert.deepEqual(subjects({ LISTEN_ADDRESS: '127.0.0.5' }), [])
  assert.deepEqual(subjects({ LISTEN_ADDRESS: '0.0.0.0' }), ['LISTEN_ADDRESS', '/metrics', 'PRODUCTION'])
  assert.deepEqual(subjects({ LISTEN_ADDRESS: '::', PRODUCTION: true, METRICS: 'off' }), ['LISTEN_ADDRESS'])
  assert.deepEqual(subjects({ LISTEN_ADDRESS: '::1', PRODUCTION: true }), [])
  const proxied = { PUBLIC_URL: 'https://lab.example.com', SSL: true, PRODUCTION: true }
  assert.deepEqual(subjects(proxied), [])
  assert.deepEqual(subjects({ ...proxied, LISTEN_ADDRESS: '0.0.0.0', METRICS_KEY: 'x'.repeat(16) }), ['LISTEN_ADDRESS'], 'past the proxy')
  assert.deepEqual(subjects({ ...proxied, LISTEN_ADDRESS: '10.0.0.2', TRUSTED_PROXIES: ['10.0.0.1'], METRICS: 'key' }), [])
  assert.deepEqual(subjects({ ...proxied, LISTEN_ADDRESS: '10.0.0.2', TRUSTED_PROXIES: ['10.0.0.1'] }), ['/metrics'])
  assert.deepEqual(
    subjects({ ...proxied, LISTEN_ADDRESS: '10.0.0.2', TRUSTED_PROXIES: ['10.0.0.1'], METRICS: 'key', MQTT_TCP_PORT: 1883 }),
    ['MQTT_TCP_PORT'],
  )
  assert.deepEqual(subjects({ PUBLIC_URL: 'https://lab.example.com' }), ['PRODUCTION'])
  assert.deepEqual(subjects({ FORCE_SSL: true }), ['FORCE_SSL'])
})

test('system admins without a second factor are named where other people come', async (t) => {
  const lab = await startLab(t)
  const check = async (settings: Record<string, unknown>): Promise<string[]> => {
    const report = new Report()
    await checkAdmins(report, labSettings('/tmp', settings), { db: lab.ctx.db })
    return report.findings.map(({ subject }) => subject)
  }
  const reached = { PUBLIC_URL: 'https://lab.example.com' }
  assert.deepEqual(await check({}), [])
  assert.deepEqual(await check(reached), ['admin@example.com'])
  const factor = { user_id: lab.adminId, kind: 'totp', name: 'phone', creation_timestamp: 1, last_use_timestamp: null }
  await lab.ctx.db.insertInto('user_factors').values(factor).execute()
  assert.deepEqual(await check(reached), [])
})

test('files that other users of the machine may read are named, locks and private keys among them', {
  skip: process.platform === 'win32',
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-exposure-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const settings = labSettings(folder, { MQTT_TLS_KEY: 'mqtt.key', BACKUP_TO: 'backups', FILE_SYSTEM_STORAGE_PATH: 'storage' })
  for (const name of ['storage', 'backups']) mkdirSync(join(folder, name), { mode: 0o755 })
  const files = ['config.yaml', 'rhizo.db', 'rhizo.db-wal', 'rhizo.db.lock', 'mqtt.key', 'storage/.owner.lock', 'storage/a', 'backups/b']
  for (const name of files) {
    writeFileSync(join(folder, name), '')
    chmodSync(join(folder, name), 0o644)
  }
  const named = (): string[] => {
    const report = new Report()
    checkPermissions(report, settings)
    return report.findings.map(({ subject }) => subject.slice(folder.length + 1)).sort()
  }
  assert.deepEqual(named(), [
    'backups',
    'config.yaml',
    'mqtt.key',
    'rhizo.db',
    'rhizo.db-wal',
    'rhizo.db.lock',
    'storage',
    'storage/.owner.lock',
  ])
  for (const name of files) chmodSync(join(folder, name), 0o600)
  assert.deepEqual(named(), [])
})

test("a lock is its user's alone, also one that an earlier version left readable", { skip: process.platform === 'win32' }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-lock-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const before = process.umask(0)
  t.after(() => process.umask(before))
  const file = join(folder, 'rhizo.db')
  takeDaemonLock(file)()
  assert.equal(statSync(`${file}.lock`).mode & 0o777, 0o600)
  chmodSync(`${file}.lock`, 0o644)
  takeDaemonLock(file)()
  assert.equal(statSync(`${file}.lock`).mode & 0o777, 0o600)
})
