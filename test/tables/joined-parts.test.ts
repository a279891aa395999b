/** Files in which the same names stand again, below a line that says whose the rows are. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { readTable } from '../support/read-table.ts'

const part = (title: string, hour: number): string => `${title}time,t\n2026-06-13 ${hour}:00,${hour}\n2026-06-13 ${hour}:01,${hour}.5\n`

const times = (rows: readonly string[]): string[] => rows.map((row) => row.slice(11, 16))

test('rows below the title of another device are refused, and those of the first are in', async () => {
  const { rows, refused } = await readTable(`${part('Sensor A\n', 12)}\n${part('Sensor B\n', 13)}${part('Sensor A\n', 14)}`)
  assert.deepEqual(times(rows), ['10:00', '10:01', '12:00', '12:01'])
  assert.match(refused[0] ?? '', /^6: it has 1 field/)
  assert.match(refused[1] ?? '', /^8: it stands below line 6, "Sensor B", and those above it below "Sensor A": if that is another device/)
  assert.equal(refused.length, 3)
})

test('the same names again are the same table: without a title, below the same one, a note or a time', async () => {
  for (const text of [
    part('', 12) + part('', 13),
    part('Sensor A\n', 12) + part('Sensor A\n', 13),
    part('', 12) + part('Logging restarted\n', 13),
    part('Run of 2026-06-13 12:00\n', 12) + part('Run of 2026-06-13 13:00\n', 13),
  ])
    assert.deepEqual(times((await readTable(text)).rows), ['10:00', '10:01', '11:00', '11:01'])
})

test('a row without a value above the names is no title', async () => {
  const { rows } = await readTable(`${part('Sensor A\\n', 12)}2026-06-13 12:02,\n${part('', 13)}`)
  assert.equal(rows.length, 5)
})
