/** Tables as Parquet, for pandas, R, DuckDB and their like. Times are moments in UTC, to the microsecond. */
import type { SchemaElement } from 'hyparquet'
import type { Turns } from '../base/turns.ts'
import type { Cell, Column, Table } from './table.ts'

/** Cells of one group of rows: they are encoded in one step. */
const CELLS_A_GROUP = 20_000

export async function* encodeParquet(table: Table, turns: Turns): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer')
  // Offsets tell how a clock showed a time; here all times are UTC.
  const columns = table.columns.flatMap((column, at) => (column.kind === 'offset' ? [] : [{ column, at }]))
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'rhizo', num_children: columns.length }, ...columns.map(({ column }) => schemaOf(column))],
    createdBy: 'rhizo',
  })
  const written = (): Uint8Array => {
    const bytes = writer.getBytes().slice()
    writer.index = 0
    return bytes
  }
  const groupOf = Math.max(1, Math.floor(CELLS_A_GROUP / columns.length))
  let rows: Cell[][] = []
  const writeGroup = async (): Promise<Uint8Array> => {
    if (turns.isOver()) await turns.next()
    const columnData = columns.map(({ column, at }) => ({
      name: column.name,
      data: rows.map((row) => valueOf(column, row[at] ?? null)),
    }))
    rows = []
    await parquet.write({ columnData, rowGroupSize: groupOf })
    return written()
  }
  for await (const batch of table.batches) {
    for (const row of batch) rows.push(row)
    while (rows.length >= groupOf) {
      const later = rows.splice(groupOf)
      const bytes = await writeGroup()
      rows = later
      yield bytes
    }
  }
  if (rows.length > 0) yield await writeGroup()
  await parquet.finish()
  yield written()
}

function schemaOf({ kind, name }: Column): SchemaElement {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  if (kind === 'time')
    return {
      name,
      repetition_type: 'REQUIRED',
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    }
  if (kind === 'number') return { ...optional, type: 'DOUBLE' }
  return { ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
}

function valueOf({ kind }: Column, cell: Cell): bigint | number | string | null {
  if (cell === null) return null
  if (kind === 'time' && typeof cell === 'number') return BigInt(cell)
  return kind === 'number' ? cell : String(cell)
}
