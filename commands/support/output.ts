/**
 * Output of commands. For people: tables and lines, with colours only in a terminal. With --json: exactly the documented objects
 * (docs/json.md) and nothing else on stdout. Errors and progress go to stderr, progress only in a terminal.
 */
import { once } from 'node:events'
import type { ChalkInstance } from 'chalk'
import { Progress } from './progress.ts'

export interface Column<T> {
  title: string
  value: (row: T) => string | number | null | undefined
  align?: 'right'
}

export class Output {
  readonly json: boolean
  /** Whether stdout is a terminal that a person reads. */
  readonly isTerminal: boolean
  /** Undefined without colours. */
  readonly chalk: ChalkInstance | undefined

  private constructor(json: boolean, chalk: ChalkInstance | undefined) {
    this.json = json
    this.isTerminal = process.stdout.isTTY && !json
    this.chalk = chalk
  }

  static async create(json: boolean): Promise<Output> {
    const coloured = process.stdout.isTTY && !json && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb'
    return new Output(json, coloured ? (await import('chalk')).default : undefined)
  }

  /** Prints the result with --json; nothing for people. */
  async done(result: object): Promise<void> {
    if (this.json) await this.write(`${JSON.stringify(result)}\n`)
  }

  /** Prints one object, or text for people. */
  async show(result: object, text: string): Promise<void> {
    await this.write(this.json ? `${JSON.stringify(result)}\n` : text === '' ? '' : `${text}\n`)
  }

  /** Prints a list: an array, or lines of aligned columns; nothing for people when it is empty. */
  async list<T extends object>(rows: T[], columns: Column<T>[], options: { header?: boolean } = {}): Promise<void> {
    await this.write(this.json ? `${JSON.stringify(rows)}\n` : this.#table(rows, columns, options.header ?? true))
  }

  /** Prints one element of a stream: an object on a line of its own, or text. */
  async element(result: object, text: string): Promise<void> {
    await this.write(`${this.json ? JSON.stringify(result) : text}\n`)
  }

  /** Waits when the reader of stdout is slow. */
  async write(text: string | Buffer): Promise<void> {
    if (text.length > 0 && !process.stdout.write(text)) await once(process.stdout, 'drain')
  }

  /** Prints a sentence to stderr. */
  warn(sentence: string): void {
    process.stderr.write(`rhizo: ${sentence}\n`)
  }

  /** A progress bar on stderr; invisible without a terminal. */
  progress(label: string, total?: number): Progress {
    return new Progress(process.stderr.isTTY && !this.json ? process.stderr : undefined, label, total)
  }

  #table<T>(rows: T[], columns: Column<T>[], header: boolean): string {
    if (rows.length === 0) return ''
    const cells = rows.map((row) => columns.map(({ value }) => printable(String(value(row) ?? ''))))
    const titles = columns.map(({ title }) => title)
    const withHeader = header && process.stdout.isTTY
    const widths = columns.map((_, at) =>
      Math.max(...cells.map((line) => line[at]?.length ?? 0), withHeader ? (titles[at]?.length ?? 0) : 0),
    )
    const format = (line: string[]): string =>
      line
        .map((cell, at) => (columns[at]?.align === 'right' ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd()
    const lines = cells.map(format)
    if (withHeader) lines.unshift(this.chalk === undefined ? format(titles) : this.chalk.dim(format(titles)))
    return lines.map((line) => `${line}\n`).join('')
  }
}

/** Text as one line of a table or terminal: control characters, which could drive the terminal, are shown as spaces. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')

/** One object field by field, each on a line of its own: names, then values in a column. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => printable(`${name.padEnd(width)}  ${value}`).trimEnd()).join('\n')
}

/** 1536 → `1.5 KiB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}
