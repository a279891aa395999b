/** docs/journal.md tells the truth: its examples are what is written, byte for byte. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { packRecord, packRemoval, unpackRecord, type Removal } from '../../src/storage/engine/journal.ts'
import { RowList } from '../../src/storage/engine/row-list.ts'
import type { AppendRow } from '../../src/storage/sequence-store.ts'
import { hexExamples } from '../support/documents.ts'

const [values = new Uint8Array(), removal = new Uint8Array()] = hexExamples('docs/journal.md')
const start = 1_760_000_000_000_000
const [fridge, oven, door] = [
  { id: 7, isText: false },
  { id: 8, isText: false },
  { id: 9, isText: true },
]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('the example of values', () => {
  const arrived: AppendRow[] = [
    { sequence: fridge, time: start, value: 21.5 },
    { sequence: door, time: start, value: 'on' },
    { sequence: oven, time: start + 10_002_000, value: -4 },
  ]
  assert.equal(hex(packRecord([new RowList(arrived)])), hex(values))
  const read: AppendRow[] = []
  unpackRecord(values, { value: (row) => void read.push(row), removal: () => assert.fail('it is a record of values') })
  assert.deepEqual(read, [arrived[0], arrived[2], arrived[1]])
})

test('the example of a removal', () => {
  const removed: Removal = { sequence: fridge, start, end: start + 60_000_000, where: [{ is: '>', value: 95 }] }
  assert.equal(hex(packRemoval(removed)), hex(removal))
  const read: Removal[] = []
  unpackRecord(removal, { value: () => assert.fail('it is a record of a removal'), removal: (one) => void read.push(one) })
  assert.deepEqual(read, [removed])
})
