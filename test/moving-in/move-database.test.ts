/** A database that moves while something is added to it: by a backup, which adds its record beside whatever runs. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { insertRecord, listPlaces } from '../../src/backup/records.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { silentObserver } from '../../src/base/store-observer.ts'
import { fillDatabase } from '../../src/moving-in/move-database.ts'
import { openEngine } from '../../src/open-engine.ts'
import { makeFolder } from '../support/backups.ts'
import { labSettings } from '../support/lab.ts'
import { onFileAlone } from '../support/postgres.ts'

const record = (place: string) => ({ kind: 'backup', place, start: 1, end: 2 }) as const

test('the record of a backup that is made while a database moves comes along', onFileAlone('it names both files'), async (t) => {
  const folder = await makeFolder(t)
  const options = { clock: systemClock, log: silentLog, observer: silentObserver, isDaemon: true, isReadOnly: false, onFatal: () => {} }
  const open = async (name: string) => {
    const engine = await openEngine(labSettings(folder, { DATABASE_URI: `sqlite:///${join(folder, name)}` }), options)
    t.after(() => engine.close())
    return engine
  }
  const [source, target] = [await open('from.db'), await open('to.db')]
  await insertRecord(source.database, record('before'))
  let isAdded = false
  // Once the table has been copied, and before the two are compared.
  const watched = source.database.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (!isAdded && (await listPlaces(target.database)).length > 0) {
        isAdded = true
        await insertRecord(source.database, record('meanwhile'))
      }
      return result
    },
  })
  const { tables } = await fillDatabase({ name: source.name, database: watched }, target)
  assert.ok(isAdded)
  assert.equal(tables['backup_log'], 2)
  assert.deepEqual((await listPlaces(target.database)).sort(), ['before', 'meanwhile'])
})
