/** Converts between spreadsheets and CSV, and documents to tables, one at a time, in the helper process. */
import { invalid } from '../base/fault.ts'
import type { Task } from './helper-frames.ts'
import { HelperEnded, type Helper } from './helper.ts'

export interface Conversion {
  readonly to: 'csv' | 'table' | 'xls' | 'xlsx'
  /** Name of the sheet to become CSV; the first unless given. */
  readonly sheet?: string
  readonly bytes: Uint8Array
}

/** Larger files are not converted. */
export const MAX_CONVERSION_BYTES = 20_000_000
const TIME_LIMIT_MS = 60_000
export const isSpreadsheetName = (name: string): boolean => /\.xlsx?$/i.test(name)
/** Any workbook that can be read. */
export const isWorkbookName = (name: string): boolean => /\.(?:xls[xmb]?|ods)$/i.test(name)
export const isCsvName = (name: string): boolean => /\.csv$/i.test(name)

export class Conversions {
  readonly #helper: Helper

  constructor(helper: Helper) {
    this.#helper = helper
  }

  /**
   * @param what name of the input in messages
   * @throws Fault invalid when the input can't be converted, or takes too much time or memory; busy when many are waiting already
   */
  async convert({ to, sheet, bytes }: Conversion, what: string): Promise<Uint8Array> {
    return this.#run(sheet === undefined ? { kind: to } : { kind: to, sheet }, bytes, what)
  }

  /** The sheets of a workbook that have something in them, in its order. @throws Fault as {@link convert} */
  async sheetNames(bytes: Uint8Array, what: string): Promise<string[]> {
    const names: unknown = JSON.parse(Buffer.from(await this.#run({ kind: 'sheets' }, bytes, what)).toString('utf8'))
    return Array.isArray(names) ? names.map(String) : []
  }

  /** The table in a document of JSON or XML, as text; empty where there is none. @throws Fault as {@link convert} */
  async documentTable(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#run({ kind: 'document' }, bytes, 'The file')
  }

  async #run(task: Task, bytes: Uint8Array, what: string): Promise<Uint8Array> {
    try {
      const done = await this.#helper.run(task, bytes, TIME_LIMIT_MS)
      if ('problem' in done.outcome) throw invalid(`${what} ${done.outcome.problem}.`)
      return done.bytes
    } catch (error) {
      if (!(error instanceof HelperEnded)) throw error
      if (error.reason === 'end') throw invalid(`${what} can't be converted.`)
      throw invalid(`${what} takes too ${error.reason === 'time' ? 'long' : 'much memory'} to convert.`)
    }
  }
}
