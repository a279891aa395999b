/** `rhizo doctor --salvage` makes a sound lab of a damaged one, and tells what is gone. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { countRows, copyLab, databaseOf, makeStoppedLab, salvageLab } from '../support/damaged-lab.ts'
import { damagePage } from '../support/damaged-pages.ts'
import { startLab } from '../support/lab.ts'

test('a lab is salvaged', async (t) => {
  const lab = await makeStoppedLab(t)
  const all = countRows(databaseOf(lab))

  await t.test('one without damage comes out whole, and is served', async (t) => {
    const copy = await copyLab(t, lab)
    const { gone, report, database, storage } = await salvageLab(copy)
    assert.deepEqual(gone, [])
    assert.deepEqual(report.findings, [])
    const rows = countRows(database)
    for (const [table, count] of all) if (!['daemon', 'throttles'].includes(table)) assert.equal(rows.get(table), count, table)
    const again = await startLab(t, {
      folder: copy.folder,
      settings: { DATABASE_URI: `sqlite:///${database}`, FILE_SYSTEM_STORAGE_PATH: storage },
    })
    const { json } = await again.get('/resources/lab/sequence3', { count: 1 })
    assert.ok(json)
    await again.stop()
  })

  await t.test('a page of resources, of revisions, of blocks and of the journal: the rest is there, what is gone is named', async (t) => {
    for (const [table, kind, named] of [
      ['resources', 'leaf', /folders, files and sequences: some are gone \(numbers \d+/],
      ['resource_revisions', 'overflow', /the content of file\d+.txt, revision \d+ of .*SHA-1/],
      ['sequence_block_data', 'leaf', /^\d+ values of \/lab\/sequence\d+ from 2026-01-01T/],
      ['sequence_journal', 'leaf', /a record of the journal: it held new values of /],
      ['keys', 'leaf', /keys: some are gone/],
    ] as const) {
      const copy = await copyLab(t, lab)
      const file = databaseOf(copy)
      damagePage(file, table, kind, 0)
      const before = readFileSync(file)
      const { gone, report, database } = await salvageLab(copy)
      assert.match(gone.join('\n'), new RegExp(named.source, 'm'), table)
      assert.deepEqual(report.findings, [], table)
      const rows = countRows(database)
      for (const name of ['users', 'organization_users'])
        if (table !== 'resources') assert.equal(rows.get(name), all.get(name), `${name} beside ${table}`)
      if (table !== 'sequence_block_data' && table !== 'resources') assert.equal(rows.get('sequence_blocks'), all.get('sequence_blocks'))
      assert.ok(before.equals(readFileSync(join(copy.folder, 'rhizo.db'))), 'the damaged one is as it was')
    }
  })

  await t.test('an index is made again', async (t) => {
    const copy = await copyLab(t, lab)
    damagePage(databaseOf(copy), 'resources_live_name', 'leaf', 0)
    const { gone, database } = await salvageLab(copy)
    assert.deepEqual(gone, [])
    assert.equal(countRows(database).get('resources'), all.get('resources'))
  })
})
