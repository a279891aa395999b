/** A lab that moves to another engine takes each table along, row by row in the order of its key. */
import assert from 'node:assert/strict'
import { sql } from 'kysely'
import test from 'node:test'
import { keyOf, tableNames } from '../../src/moving-in/table-moving.ts'
import { startLab } from '../support/lab.ts'

test('how rows are told apart is known of each table that there is', async (t) => {
  const { db } = (await startLab(t)).ctx
  const tables = await tableNames(db)
  assert.ok(tables.length > 40)
  for (const table of tables) {
    const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table}) where pk > 0 order by pk`.execute(db)
    assert.deepEqual(
      await keyOf(db, table),
      rows.map(({ name }) => name),
      table,
    )
  }
})
