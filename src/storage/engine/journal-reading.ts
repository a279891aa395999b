/** Reads the journal back, record by record, and passes over those that are damaged. */
import type Sqlite from 'better-sqlite3'
import { isUnreadable, readAgain } from '../../database/errors.ts'
import { readAround } from '../../database/sqlite/around-damage.ts'
import type { RowsStep } from '../../database/sqlite/writer-protocol.ts'
import type { Micros } from '../../base/time.ts'
import { DamagedRecord, guessContent, unpackRecord, type Removal } from './journal.ts'
import type { AppendRow } from '../sequence-store.ts'

/** Records that give nothing: one whose bytes are wrong, or several that follow each other and can't be read. */
export interface LostRecords {
  readonly firstRecord: number
  readonly lastRecord: number
  /** Ids of the sequences whose values they seem to hold; empty when nothing is known. */
  readonly sequences: readonly number[]
  /** The times between which their values seem to lie. */
  readonly first: Micros | undefined
  readonly last: Micros | undefined
  readonly damage: string
  /** Undefined when the database can't read it. */
  readonly data: Uint8Array | undefined
}

/** Gets what sound records hold, in their order. */
export interface JournalReader {
  value(row: AppendRow): void
  removal(removal: Removal, id: number): void
  /** A record was read to its end. */
  record(id: number): void
}

/** @param begin only records with higher ids @returns the records that are damaged */
export function readJournal(reader: Sqlite.Database, into: JournalReader, begin = 0): LostRecords[] {
  const lost: LostRecords[] = []
  let newest: Micros | undefined
  const take = (id: number, data: Uint8Array): void => {
    try {
      unpackRecord(data, {
        value: (row) => {
          newest = row.time
          into.value(row)
        },
        removal: (removal) => into.removal(removal, id),
      })
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error
      lost.push({ firstRecord: id, lastRecord: id, damage: error.message, data, ...guessContent(data) })
    }
    into.record(id)
  }
  let reached = begin
  const records = reader.prepare<[number], [number, Uint8Array]>('select id, data from sequence_journal where id > ? order by id').raw()
  try {
    for (const [id, data] of records.iterate(begin)) {
      take(id, data)
      reached = id
    }
    return lost
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  const after = newest
  const { ids, gaps } = findReadable(reader, reached)
  const one = reader.prepare<[number], Uint8Array>('select data from sequence_journal where id = ?').pluck()
  for (const id of ids) {
    const data = readAgain(() => one.get(id))
    if (data) take(id, data)
  }
  for (const { from, to } of gaps)
    lost.push({
      firstRecord: from,
      lastRecord: Math.min(to, (ids.at(-1) ?? from) > from ? to : from),
      sequences: [],
      first: after,
      last: undefined,
      damage: "The database can't read it",
      data: undefined,
    })
  return lost
}

/** Ids of the records after one, ascending, that can be read whole, and ranges of ids that can't. */
function findReadable(reader: Sqlite.Database, after: number): { ids: number[]; gaps: { from: number; to: number }[] } {
  const ids: number[] = []
  const select = (order: string): Sqlite.Statement<[number, number], [number, Uint8Array]> =>
    reader
      .prepare<[number, number], [number, Uint8Array]>(
        `select id, data from sequence_journal where id between ? and ? order by id ${order}`,
      )
      .raw()
  const [ascending, descending] = [select('asc'), select('desc')]
  const gaps = readAround(
    { from: after + 1, to: Number.MAX_SAFE_INTEGER },
    ({ from, to }, order) => (order === 'asc' ? ascending : descending).iterate(from, to),
    ([id]) => id,
    ([id]) => void ids.push(id),
  )
  return { ids: ids.sort((a, b) => a - b), gaps }
}

/** Steps that put damaged records aside; they belong in one transaction. Records that can't be read stay in the journal. */
export function putAsideSteps(lost: readonly LostRecords[]): RowsStep[] {
  const column = (of: (one: LostRecords) => number): Float64Array => Float64Array.from(lost, of)
  const read = lost.filter(({ data }) => data !== undefined)
  return [
    {
      sql:
        'insert into sequence_damaged_records (first_record, last_record, sequences, first, last, damage, data) ' +
        // Those that can't be taken out of the journal are found at each start.
        'select ?, ?, ?, ?, ?, ?, ? where not exists (select 1 from sequence_damaged_records where first_record = ?)',
      columns: [
        column(({ firstRecord }) => firstRecord),
        column(({ lastRecord }) => lastRecord),
        lost.map(({ sequences }) => JSON.stringify(sequences)),
        column(({ first }) => first ?? Number.NaN),
        column(({ last }) => last ?? Number.NaN),
        lost.map(({ damage }) => damage),
        lost.map(({ data }) => Uint8Array.from(data ?? [])),
        column(({ firstRecord }) => firstRecord),
      ],
    },
    { sql: 'delete from sequence_journal where id = ?', columns: [Float64Array.from(read, ({ firstRecord }) => firstRecord)] },
  ]
}
