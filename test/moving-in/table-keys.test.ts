/** A lab that moves to another engine takes each table along, row by row in the order of its key. */
import assert from 'node:assert/strict'
import { sql, type RawBuilder } from 'kysely'
import test from 'node:test'
import { keyOf, tableNames } from '../../src/moving-in/table-moving.ts'
import { startLab } from '../support/lab.ts'
import { TEST_SERVER } from '../support/postgres.ts'

type Named = RawBuilder<{ name: string }>

const inFile = (table: string): Named => sql`select name from pragma_table_info(${table}) where pk > 0 order by pk`
const onServer = (table: string): Named => sql`
  select attname as name from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
  where indrelid = ${table}::regclass and indisprimary order by array_position(indkey::smallint[], attnum)`

test('how rows are told apart is known of each table that there is', async (t) => {
  const { db } = (await startLab(t)).ctx
  const tables = await tableNames(db)
  assert.ok(tables.length > 40)
  for (const table of tables) {
    const { rows } = await (process.env[TEST_SERVER] === undefined ? inFile(table) : onServer(table)).execute(db)
    assert.deepEqual(
      await keyOf(db, table),
      rows.map(({ name }) => name),
      table,
    )
  }
})
