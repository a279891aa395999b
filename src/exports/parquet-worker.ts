/**
 * Encodes Parquet in a thread of its own: packing a group of rows, and the directory of all groups at the end, are single steps of a
 * library, the longer the larger the file is.
 */
import { parentPort } from 'node:worker_threads'
import type * as library from 'hyparquet-writer'
import type { SchemaElement } from 'hyparquet'
import { effortOf } from '../base/weights.ts'
import type { Cell, Column } from './table.ts'

const port = parentPort
if (!port) throw new Error('parquet-worker.ts runs as a worker thread')

/** Weight of one group of rows (src/base/weights.ts), that of its last row left out. */
const GROUP_WEIGHT = 20_000

export interface ParquetRequest {
  readonly id: number
  /** Which file of those that are being written. */
  readonly file: number
  /** begin: its columns; add: rows; end: what is left; drop: nobody wants the rest. */
  readonly step: { readonly begin: readonly Column[] } | { readonly add: Cell[][] } | 'end' | 'drop'
}

export interface ParquetReply {
  readonly id: number
  readonly bytes?: Uint8Array<ArrayBuffer>
  readonly error?: string
}

class File {
  readonly #columns: readonly { readonly column: Column; readonly at: number }[]
  readonly #writer: library.ByteWriter
  readonly #parquet: library.ParquetWriter
  #rows: Cell[][] = []
  #weight = 0

  static async begin(columns: readonly Column[]): Promise<File> {
    return new File(await import('hyparquet-writer'), columns)
  }

  private constructor({ ByteWriter, ParquetWriter }: typeof library, all: readonly Column[]) {
    // Offsets tell how a clock showed a time; here all times are UTC.
    this.#columns = all.flatMap((column, at) => (column.kind === 'offset' ? [] : [{ column, at }]))
    this.#writer = new ByteWriter()
    this.#parquet = new ParquetWriter({
      writer: this.#writer,
      schema: [{ name: 'rhizo', num_children: this.#columns.length }, ...this.#columns.map(({ column }) => schemaOf(column))],
      createdBy: 'rhizo',
    })
  }

  async add(rows: readonly Cell[][]): Promise<void> {
    for (const row of rows) {
      this.#rows.push(row)
      for (const cell of row) this.#weight += effortOf(cell)
      if (this.#weight >= GROUP_WEIGHT) await this.#writeGroup()
    }
  }

  async end(): Promise<void> {
    if (this.#rows.length > 0) await this.#writeGroup()
    await this.#parquet.finish()
  }

  /** What was written since the last time. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#writer.getBytes())
    this.#writer.index = 0
    return bytes
  }

  async #writeGroup(): Promise<void> {
    const rows = this.#rows
    ;[this.#rows, this.#weight] = [[], 0]
    const columnData = this.#columns.map(({ column, at }) => ({
      name: column.name,
      data: rows.map((row) => valueOf(column, row[at] ?? null)),
    }))
    await this.#parquet.write({ columnData, rowGroupSize: rows.length })
  }
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

const files = new Map<number, File>()

async function take({ file: number, step }: ParquetRequest): Promise<Uint8Array<ArrayBuffer>> {
  if (step === 'drop') {
    files.delete(number)
    return new Uint8Array()
  }
  if (step !== 'end' && 'begin' in step) {
    files.set(number, await File.begin(step.begin))
    return new Uint8Array()
  }
  const file = files.get(number)
  if (!file) throw new Error(`there is no file ${number}`)
  if (step === 'end') await file.end()
  else await file.add(step.add)
  return file.take()
}

port.on('message', (request: ParquetRequest) => {
  const { id } = request
  take(request).then(
    (bytes) => port.postMessage({ id, bytes } satisfies ParquetReply, [bytes.buffer]),
    (error: unknown) => port.postMessage({ id, error: String(error) } satisfies ParquetReply),
  )
})
