/** A page that can't be read stops no start where it holds what comes about again, or an index; elsewhere the start says what it holds. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import test from 'node:test'
import { createDaemon } from '../../daemon/daemon.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Fault } from '../../src/base/fault.ts'
import { silentLog } from '../../src/base/log.ts'
import { copyLab, databaseOf, fillSideTables, makeStoppedLab } from '../support/damaged-lab.ts'
import { damagePage, overwritePage, pagesOf } from '../support/damaged-pages.ts'
import { labSettings, startLab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

const rowsOf = (file: string, table: string): unknown[] => {
  const db = new Sqlite(file, { readonly: true })
  try {
    return db.prepare(`select * from "${table}" not indexed`).all()
  } finally {
    db.close()
  }
}

test('a database with a damaged page is started', async (t) => {
  const whole = await makeStoppedLab(t)
  fillSideTables(databaseOf(whole))

  await t.test('numbers of rows go on above those that were given, when their list is damaged', async (t) => {
    const lab = await copyLab(t, whole)
    const file = databaseOf(lab)
    damagePage(file, 'sqlite_sequence', 'leaf')
    const highest = Math.max(...(rowsOf(file, 'resources') as { id: number }[]).map(({ id }) => id))
    const again = await startLab(t, { folder: lab.folder })
    const { id } = await again.sequence('/lab/later')
    assert.ok(id > highest + 100)
  })

  await t.test('a start over damaged side tables serves, logs and tells the admins', async (t) => {
    const lab = await copyLab(t, whole)
    const file = databaseOf(lab)
    for (const table of ['sessions', 'throttles', 'mqtt_retained', 'controller_status', 'daemon', 'probes', 'resources_live_name'])
      damagePage(file, table, 'leaf')
    const log = new RecordingLog()
    const again = await startLab(t, { folder: lab.folder, log })
    assert.equal((await again.get('/resources/lab/sequence3')).status, 200)
    const [alarm] = await again.ctx.db
      .selectFrom('outgoing_messages')
      .select(['subject', 'body', 'recipients'])
      .where('subject', 'like', '%damaged%')
      .execute()
    assert.ok(alarm, 'an alarm was queued')
    assert.match(alarm.recipients, /admin@example\.com/)
    for (const words of [
      /sessions in browsers/,
      /who tried too often/,
      /retained MQTT messages/,
      /index of folders, files and sequences/,
      /People sign in again/,
    ])
      assert.match(alarm.body, words)
    assert.ok(log.lines.some(({ message }) => String(message).includes('sessions in browsers')))
  })

  await t.test('keys that can not be read are told, and the lab is served', async (t) => {
    const lab = await copyLab(t, whole)
    for (const table of ['account_requests', 'keys', 'users']) damagePage(databaseOf(lab), table, 'leaf', 0)
    const daemon = createDaemon(labSettings(lab.folder), { clock: systemClock, log: silentLog })
    t.after(() => daemon.stop())
    await daemon.start()
    const { left } = daemon.context.engine.damage
    assert.match(left.join('\n'), /Some keys \(table keys\) can't be read.*rhizo doctor --salvage/)
    const health = await fetch(`${daemon.url}/health`)
    assert.match(await health.text(), /Some keys/)
  })

  await t.test('a start over resources that can not be read is refused: it names them, and the next step', async (t) => {
    const lab = await copyLab(t, whole)
    const file = databaseOf(lab)
    damagePage(file, 'resources', 'leaf', 0)
    await assert.rejects(
      startLab(t, { folder: lab.folder }),
      (error) =>
        error instanceof Fault &&
        /rhizo\.db is damaged where it holds folders, files and sequences \(table resources\)/.test(error.message) &&
        /rhizo doctor --salvage NEW/.test(error.message),
    )
  })

  await t.test('a damaged list of migrations is named by the start', async (t) => {
    const lab = await copyLab(t, whole)
    const file = databaseOf(lab)
    const [page] = pagesOf(file, 'schema_migrations')
    overwritePage(file, page?.number ?? 0)
    await assert.rejects(startLab(t, { folder: lab.folder }), /is damaged where it holds the version of the database.*--salvage/)
  })
})
