/** Imports of files as they are, over HTTP: the server reads them. */
import type { Readable } from 'node:stream'
import type { ImportRecord, TableImportAnswer } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'

export interface TableImportOptions {
  /** A sequence, or a folder. */
  path?: string | undefined
  /** A folder, where each column goes to a sequence of its name. */
  into?: string | undefined
  /** Headers, `HEADER=NAME` or `HEADER=/PATH`. */
  columns?: readonly string[] | undefined
  /** Columns that name the device or place of a row. */
  series?: readonly string[] | undefined
  /** The column with the time, or those of date and clock. */
  time?: readonly string[] | undefined
  timeFormat?: string | undefined
  /** When the count of the times began, where they are seconds or the like since then. */
  start?: string | undefined
  timeZone?: string | undefined
  anyTime?: boolean | undefined
  missing?: readonly string[] | undefined
  duplicates?: string | undefined
  create?: boolean | undefined
  lastLine?: boolean | undefined
  /** The table lies on its side, with its times side by side. */
  transpose?: boolean | undefined
  format?: string | undefined
  sheet?: string | undefined
  fileName?: string | undefined
  /** Noted over the time of what is brought. */
  note?: string | undefined
  /** Stores nothing, and says what would become of each row. */
  dryRun?: boolean | undefined
}

/** Milliseconds that the server may be busy with one file without a word. */
const PATIENCE = 3_600_000

export class TableImports {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /**
   * Brings the values of a file into sequences. Sent twice, nothing doubles.
   * @param length bytes
   * @throws Fault invalid saying what is in doubt about the file, and which option settles it
   */
  async bring(source: Readable, length: number, options: TableImportOptions): Promise<TableImportAnswer> {
    const list = (items: readonly string[] | undefined): string | undefined => (items?.length ? JSON.stringify(items) : undefined)
    const query = {
      path: options.path,
      into: options.into,
      columns: list(options.columns),
      series: list(options.series),
      time: list(options.time),
      time_format: options.timeFormat,
      start: options.start,
      time_zone: options.timeZone,
      any_time: options.anyTime,
      missing: list(options.missing),
      duplicates: options.duplicates,
      create: options.create,
      last_line: options.lastLine,
      transpose: options.transpose,
      format: options.format,
      sheet: options.sheet,
      file_name: options.fileName,
      note: options.note,
      dry_run: options.dryRun,
    }
    const call = { query, body: source, length, contentType: 'application/octet-stream', timeout: PATIENCE }
    return (await this.#http.json('POST', '/imports', call)) as TableImportAnswer
  }

  /** The newest imports into a sequence or below a folder. */
  async list(path: string): Promise<ImportRecord[]> {
    return ((await this.#http.json('GET', '/imports', { query: { path } })) as { imports: ImportRecord[] }).imports
  }

  /** Removes what an import brought. @returns how many values */
  async undo(id: number): Promise<number> {
    return ((await this.#http.json('DELETE', `/imports/${id}`)) as { removed: number }).removed
  }
}
