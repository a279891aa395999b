/** Tables that lie on their side, as plate readers write them: they are known as such, and read when they are turned. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ReadOptions } from '../../src/tables/plan.ts'
import { turnTable } from '../../src/tables/turned-table.ts'
import { readTable } from '../support/read-table.ts'

async function turned(text: string): Promise<Buffer> {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield Buffer.from(text)
  }
  const pieces: Uint8Array[] = []
  for await (const piece of (await turnTable(source, () => undefined))()) pieces.push(piece)
  return Buffer.concat(pieces)
}

interface Sample {
  readonly text: string
  readonly columns: string
  readonly rows: readonly string[]
  readonly more?: Partial<ReadOptions>
}

const SAMPLES: Record<string, Sample> = {
  'times in the line of names': {
    text: 'sensor,2026-06-13T12:00:00Z,2026-06-13T12:10:00Z\nt1 (°C),1,2\n"t2, deep",4,\n',
    columns: 't1 °C, t2-deep',
    rows: ['2026-06-13T12:00:00Z 1 4', '2026-06-13T12:10:00Z 2 '],
  },
  'wells, and seconds with their unit': {
    text: 'Well,0s,60s,120s\nA1,0.1,0.2,0.3\nA2,0.4,0.5,0.6\n',
    columns: 'a1, a2',
    rows: ['2026-06-13T10:00:00Z 0.1 0.4', '2026-06-13T10:01:00Z 0.2 0.5', '2026-06-13T10:02:00Z 0.3 0.6'],
    more: { start: '2026-06-13 12:00:00' },
  },
  'wells with what is in them, and seconds without a unit': {
    text: 'Test: growth\n\nWell;Content;0;300;600\nA01;Sample X1;0,1;0,2;0,3\nA02;Blank B;0,3;0,4;0,5\n',
    columns: 'a01-sample-x1, a02-blank-b',
    rows: ['2026-06-13T10:00:00Z 0.1 0.3', '2026-06-13T10:05:00Z 0.2 0.4', '2026-06-13T10:10:00Z 0.3 0.5'],
    more: { start: '2026-06-13 12:00:00', timeFormat: 'elapsed-s', time: ['1'] },
  },
  'cycles above the times, and a start above both': {
    text:
      'Device: reader\nStart Time:\t2026-06-13 12:00:00\n\nCycle Nr.\t1\t2\t3\nTime [s]\t0\t600\t1200\nTemp. [°C]\t37\t37\tOVER\n' +
      'A1\t0.1\t0.11\t0.12\n\nEnd Time:\t2026-06-13 12:40:00\n',
    columns: 'cycle-nr, temp °C, a1',
    rows: ['2026-06-13T10:00:00Z 1 37 0.1', '2026-06-13T10:10:00Z 2 37 0.11', '2026-06-13T10:20:00Z 3  0.12'],
  },
  'a stopwatch, and columns that are blank at the end': {
    text: 'Time,00:00:00,00:05:00,,\nA1,0.1,0.2,,\nA2,0.3,0.4,,\n',
    columns: 'a1, a2',
    rows: ['2026-06-13T10:00:00Z 0.1 0.3', '2026-06-13T10:05:00Z 0.2 0.4'],
    more: { start: '2026-06-13 12:00:00', time: ['1'] },
  },
}

for (const [kind, { text, columns, rows, more }] of Object.entries(SAMPLES)) {
  test(`${kind}: read when the table is turned`, async () => {
    const found = await readTable(await turned(text), more)
    assert.deepEqual([found.columns, found.rows, found.refused], [columns, rows, []])
  })
  test(`${kind}: told as it lies, with the option that turns it`, async () => {
    await assert.rejects(readTable(text), /the table lies on its side\. Turn it with --transpose/)
  })
}

test('turned twice, a table is what it was', async () => {
  const text = 'Time,t1,t2\n2026-06-13T12:00:00Z,1,4\n2026-06-13T12:10:00Z,2,5\n'
  const lying = 'Time,2026-06-13T12:00:00Z,2026-06-13T12:10:00Z\nt1,1,2\nt2,4,5\n'
  assert.equal((await turned(lying)).toString(), text)
})

test('what has no times side by side is not turned', async () => {
  await assert.rejects(turned('time,t\n2026-06-13,1.5\n2026-06-14,1.6\n'), /nothing to turn: leave --transpose out/)
})

test('wavelengths side by side are no times where the rows have some', async () => {
  const { columns } = await readTable('time,400,410,420\n2026-06-13 12:00,1,2,3\n2026-06-13 12:01,1,2,3\n')
  assert.equal(columns, '400, 410, 420')
})

test('one line of values below the times is enough to know it', async () => {
  await assert.rejects(readTable('t,2026-06-13 12:00,2026-06-13 12:01\nv,1,2\n'), /lies on its side/)
})

test('one row with the times of its start and its end is no table on its side', async () => {
  const { rows } = await readTable('t,start,end\n5,2026-06-13 12:00,2026-06-13 12:05\n')
  assert.deepEqual(rows, ['2026-06-13T10:00:00Z 5'])
})
