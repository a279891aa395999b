/**
 * What the store of values looks up at once, though its tables are on a PostgreSQL server: the headers of blocks, some 90 bytes each, and
 * the ids of the journal's records, in an SQLite database in memory. Each transaction changes the tables first, then the mirror.
 */
import type Sqlite from 'better-sqlite3'
import type { Column, RowsStep } from '../../database/sqlite/writer-protocol.ts'

const TABLES = `
  create table sequence_journal (id integer primary key, data blob not null);
  create table sequence_blocks (sequence_id integer not null, first integer not null, last integer not null, count integer not null,
    min blob, max blob, sum blob, first_value blob, last_value blob, bytes integer not null, data_id integer not null,
    primary key (sequence_id, first)) without rowid;
  create table sequence_block_data (id integer primary key, data blob not null);
  create table sequence_damaged_blocks (id integer primary key, sequence_id integer not null, first integer not null, last integer not null,
    count integer not null, damage text not null, data blob not null, data_id integer)`

/** Tables whose rows nothing looks up at once. */
const ELSEWHERE = /^(?:insert into|delete from) sequence_(?:block_data|damaged_records)\b/
const NOTHING = new Uint8Array(0)

/** Reads rows of the tables as they are on the server, with numbers as numbers. */
export type ReadRows = (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>

const HEADERS = 20_000
const RECORDS = 100
const HEADER_COLUMNS = [
  'sequence_id',
  'first',
  'last',
  'count',
  'min',
  'max',
  'sum',
  'first_value',
  'last_value',
  'bytes',
  'data_id',
] as const
const DAMAGED_COLUMNS = ['id', 'sequence_id', 'first', 'last', 'count', 'damage', 'data_id'] as const

export class HeaderMirror {
  readonly reader: Sqlite.Database

  /** @param reader empty */
  constructor(reader: Sqlite.Database) {
    this.reader = reader
    reader.exec(TABLES)
  }

  /** Takes in what the tables hold: the journal with its values, until {@link dropValues}. */
  async load(read: ReadRows): Promise<void> {
    // The journal first: values that another program seals meanwhile are in both then, which reads the same.
    const record = this.reader.prepare('insert into sequence_journal (id, data) values (?, ?)')
    for (let from = -1, count = RECORDS; count === RECORDS; ) {
      const rows = await read(`select id, data from sequence_journal where id > $1 order by id limit ${RECORDS}`, [from])
      for (const { id, data } of rows) record.run(id, data)
      count = rows.length
      from = Number(rows.at(-1)?.['id'] ?? from)
    }
    const header = this.reader.prepare(
      `insert into sequence_blocks (${HEADER_COLUMNS.join(', ')}) values (${HEADER_COLUMNS.map(() => '?').join(', ')})`,
    )
    const columns = HEADER_COLUMNS.join(', ')
    for (let [id, first, count] = [Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, HEADERS]; count === HEADERS; ) {
      const rows = await read(
        `select ${columns} from sequence_blocks where (sequence_id, first) > ($1::bigint, $2::bigint) ` +
          `order by sequence_id, first limit ${HEADERS}`,
        [id, first],
      )
      this.reader.transaction(() => {
        for (const row of rows) header.run(...HEADER_COLUMNS.map((name) => row[name]))
      })()
      count = rows.length
      id = Number(rows.at(-1)?.['sequence_id'] ?? id)
      first = Number(rows.at(-1)?.['first'] ?? first)
    }
    const damaged = this.reader.prepare(
      `insert into sequence_damaged_blocks (${DAMAGED_COLUMNS.join(', ')}, data) ` +
        `values (${DAMAGED_COLUMNS.map(() => '?').join(', ')}, x'')`,
    )
    for (const row of await read(`select ${DAMAGED_COLUMNS.join(', ')} from sequence_damaged_blocks`))
      damaged.run(...DAMAGED_COLUMNS.map((name) => row[name]))
    // New blocks get higher ids.
    const [newest] = await read('select max(id) as id from sequence_block_data')
    if (typeof newest?.['id'] === 'number')
      this.reader.prepare(`insert into sequence_block_data (id, data) values (?, x'')`).run(newest['id'])
  }

  /** The values of the journal are in the head now. */
  dropValues(): void {
    this.reader.exec(`update sequence_journal set data = x''`)
  }

  /**
   * Does what a transaction did to the tables.
   * @param records ids of the records that it added to the journal, in their order
   */
  apply(steps: readonly RowsStep[], records: readonly number[]): void {
    this.reader.transaction(() => {
      let next = 0
      for (const { sql, columns } of steps) {
        if (ELSEWHERE.test(sql)) continue
        const length = columns[0]?.length ?? 0
        if (sql.startsWith('insert into sequence_journal ')) {
          const record = this.reader.prepare(`insert into sequence_journal (id, data) values (?, x'')`)
          for (let row = 0; row < length; row++) record.run(records[next++])
          continue
        }
        const statement = this.reader.prepare(sql)
        for (let row = 0; row < length; row++) statement.run(...columns.map((column) => valueOf(column, row)))
      }
    })()
  }
}

function valueOf(column: Column, row: number): number | string | Uint8Array | null {
  const value = column[row] ?? null
  if (value instanceof Uint8Array) return NOTHING
  return typeof value === 'number' && Number.isNaN(value) ? null : value
}
