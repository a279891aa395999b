/** A lab on a PostgreSQL server is backed up, proven, restored into a file and into an empty database, and examined. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { proveNewest } from '../../src/backup/prove.ts'
import { restoreFrom } from '../../src/backup/restore-from.ts'
import type { RestoredLab } from '../../src/backup/restore.ts'
import { systemClock } from '../../src/base/clock.ts'
import { examine } from '../../src/doctor/doctor.ts'
import type { Report } from '../../src/doctor/report.ts'
import { findServerDaemon } from '../../src/doctor/server-database.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { backUpLab, makeFolder, upload, valuesOf } from '../support/backups.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { onServer, sharedPostgres, withoutPostgres } from '../support/postgres.ts'

const skip = withoutPostgres()
const newDatabase = sharedPostgres()
const PATH = '/lab/fridge/temperature'
const LARGE = randomBytes(50_000)

async function startOnServer(t: Parameters<typeof startLab>[0], more: Record<string, unknown> = {}): Promise<Lab> {
  const folder = await makeFolder(t)
  return startLab(t, { folder, settings: { DATABASE_URI: await newDatabase(), STORAGE_THRESHOLD: 1_000, ...more } })
}

/** Sealed values, values in the journal, and files of both sizes. */
async function fill(lab: Lab): Promise<void> {
  const sequence = await lab.sequence(PATH)
  const values = (from: number, to: number): object[] =>
    Array.from({ length: to - from }, (_, at) => ({
      sequence: { id: sequence.id, isText: false },
      time: (1_700_000_000 + from + at) * 1e6,
      value: (from + at) / 8,
    }))
  await lab.ctx.sequences.append(values(0, 20_000) as Parameters<typeof lab.ctx.sequences.append>[0])
  await (lab.ctx.sequences as SqliteSequenceStore).seal()
  await lab.ctx.sequences.append(values(20_000, 20_050) as Parameters<typeof lab.ctx.sequences.append>[0])
  await upload(lab, 'large.bin', LARGE)
  await upload(lab, 'small.txt', Buffer.from('Ωn, and well'))
}

async function holdsAll(lab: Lab, key: string): Promise<void> {
  const as = { ...lab, ...lab.as(key) }
  assert.deepEqual(
    await valuesOf(as, PATH),
    Array.from({ length: 20_050 }, (_, at) => at / 8),
  )
  assert.deepEqual(Buffer.from((await as.get('/resources/lab/large.bin')).bytes), LARGE)
  assert.equal((await as.get('/resources/lab/small.txt')).text, 'Ωn, and well')
}

const restoreInto = (from: string, folder: string, uri: string, isOver = false): Promise<RestoredLab> =>
  restoreFrom(from, {
    clock: systemClock,
    settingsFile: join(folder, 'config.yaml'),
    environment: { RHIZO_SERVER_DATABASE_URI: uri },
    isOver,
    key: undefined,
  })

const examineOn = (folder: string, uri: string, isQuick = false): Promise<Report> => {
  const environment = { RHIZO_SERVER_DATABASE_URI: uri, RHIZO_SERVER_PORT: '0' }
  return examine({ file: join(folder, 'config.yaml'), environment, clock: systemClock, urlOf: () => '', isQuick })
}

const problemsOf = ({ findings }: Report, check: string): string[] =>
  findings.filter((finding) => finding.check === check).map(({ problem }) => problem)

test('a backup of a lab on a server proves, and makes the same lab in a file and in an empty database', { skip }, async (t) => {
  const lab = await startOnServer(t)
  await fill(lab)
  const backups = await makeFolder(t)
  const made = await backUpLab(lab, backups)
  assert.deepEqual([made.warnings, made.files, (made.rows['sequence_blocks'] ?? 0) > 0], [[], 1, true])
  // What came after the backup is not in it.
  await lab.put('/resources', { values: { [PATH]: 99 } })
  const proof = await proveNewest(backups, { settings: lab.settings, clock: systemClock, key: undefined })
  assert.deepEqual([proof.problems, proof.values > 0], [[], true])
  assert.equal(
    (await readdir(backups)).some((name) => name.startsWith('.proving')),
    false,
  )

  const inFile = await makeFolder(t)
  await restoreInto(backups, inFile, 'sqlite:///rhizo.db')
  await holdsAll(await startLab(t, { folder: inFile, settings: { DATABASE_URI: 'sqlite:///rhizo.db' } }), lab.key)

  const onOther = await makeFolder(t)
  const uri = await newDatabase()
  const { aside, settings } = await restoreInto(backups, onOther, uri)
  assert.deepEqual([aside, settings.isOnServer], [[], true])
  assert.equal(existsSync(join(onOther, 'rhizo-server.restoring')), false)
  const again = await startLab(t, { folder: onOther, settings: { DATABASE_URI: uri } })
  await holdsAll(again, lab.key)
  // Ids go on after those that were restored.
  assert.ok((await again.user('new@example.com')).id > lab.adminId)
  await again.stop()
  await assert.rejects(restoreInto(backups, onOther, uri, true), /has a user .* already.*write DATABASE_URI into .*config\.yaml/)
  assert.deepEqual(problemsOf(await examineOn(onOther, uri), 'values'), [])
})

test('a database that holds a part of a backup is not served, nor backed up, until the restore has come to its end', {
  skip,
}, async (t) => {
  const lab = await startOnServer(t)
  await fill(lab)
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  const folder = await makeFolder(t)
  const uri = await newDatabase()
  // The server refuses a row in the middle of it.
  await onServer(uri, (client) => client.query('alter table sequence_journal add constraint away check (id < 0)'))
  await assert.rejects(restoreInto(backups, folder, uri))
  const settings = { ...lab.settings, DATABASE_URI: uri }
  await assert.rejects(startLab(t, { folder, settings: { DATABASE_URI: uri } }), /holds a part of the backup of/)
  await assert.rejects(backUpLab({ settings }, await makeFolder(t)), /holds a part of the backup of/)
  await onServer(uri, (client) => client.query('alter table sequence_journal drop constraint away'))
  await restoreInto(backups, folder, uri, true)
  await holdsAll(await startLab(t, { folder, settings: { DATABASE_URI: uri } }), lab.key)
})

test('rhizo doctor reads a database on a server: a damaged block, a lost file and other secrets are found', { skip }, async (t) => {
  const lab = await startOnServer(t)
  await fill(lab)
  const uri = lab.settings.DATABASE_URI
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  const folder = await makeFolder(t)
  await restoreInto(backups, folder, 'sqlite:///unused.db')
  const sound = await examineOn(folder, uri)
  assert.deepEqual(problemsOf(sound, 'values'), [])
  assert.ok(sound.counts.values >= 16_384 && sound.counts.resources > 3 && sound.counts.journal_records > 0)
  await onServer(uri, (client) =>
    client.query("update sequence_block_data set data = overlay(data placing '\\x00ff00ff00ff'::bytea from 40)"),
  )
  const spoilt = await examineOn(folder, uri)
  assert.ok(
    problemsOf(spoilt, 'values').some((problem) => /damaged block/.test(problem)),
    JSON.stringify(spoilt.findings),
  )
  assert.deepEqual(problemsOf(await examineOn(folder, uri, true), 'values'), [])
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('.examining')),
    [],
  )
  const gone = await examineOn(folder, uri.replace(/\/[^/]*$/, '/there_is_none'))
  assert.match(problemsOf(gone, 'database').join(), /can't be read/)
})

test('rhizo doctor knows the daemon on this machine by the lock that it holds', { skip }, async (t) => {
  const lab = await startOnServer(t)
  const { DATABASE_URI } = lab.settings
  assert.equal(await findServerDaemon({ ...lab.settings, DATABASE_URI }), process.pid)
  await lab.stop()
  assert.equal(await findServerDaemon(lab.settings), undefined)
})
