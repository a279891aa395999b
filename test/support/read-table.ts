/** A table as an import reads it, for tests that compare rows. */
import { formatTimestamp } from '../../src/base/time.ts'
import { planTable, type ReadOptions } from '../../src/tables/plan.ts'
import { isTimed, ValueReader, type BadRow } from '../../src/tables/rows.ts'
import { readTimedRows, surveyTable } from '../../src/tables/survey.ts'

export interface ReadTable {
  /** Names with their units. */
  columns: string
  /** A row a line: its time and its values; `!` for what is refused. */
  rows: string[]
  refused: string[]
  /** With what is in doubt. */
  notes: string
}

/** Reads a whole table; the clock stands at 2026-08-01, and the organization is in Berlin. */
export async function readTable(text: string | Uint8Array, more: Partial<ReadOptions> = {}): Promise<ReadTable> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const source = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield bytes
  }
  const options = { now: Date.UTC(2026, 7, 1) * 1000, defaultZone: 'Europe/Berlin', ...more }
  const plan = await planTable(source, options)
  const { settled } = await surveyTable(source, plan, options, () => undefined)
  const readers = plan.columns.map((column) => new ValueReader(plan, column, [], column.isText))
  const bad: BadRow[] = []
  const rows: string[] = []
  for await (const batch of readTimedRows(source, plan, settled, options, (row) => bad.push(row)))
    for (const row of batch.filter(isTimed)) {
      const values = readers.map((reader) => reader.read(row.record.fields))
      rows.push(
        [
          formatTimestamp(row.time),
          ...(row.series === '' ? [] : [row.series]),
          ...values.map((value) => (typeof value === 'object' ? '!' : (value ?? ''))),
        ].join(' '),
      )
    }
  const columns = plan.columns.map(({ name, units }) => (units === undefined ? name : `${name} ${units}`)).join(', ')
  return { columns, rows, refused: bad.map(({ line, message }) => `${line}: ${message}`), notes: [...plan.notes, ...plan.doubts].join(' ') }
}
