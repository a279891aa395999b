/**
 * Output of commands: all of it passes here. For people: tables and lines, in a terminal cleaned of what would drive it, and coloured after
 * that. With --json: exactly the documented objects (docs/json.md) and nothing else on stdout. Errors and progress go to stderr, progress
 * only in a terminal.
 */
import { once } from 'node:events'
import type { ChalkInstance } from 'chalk'
import { escapeHidden } from '../../src/base/hidden-text.ts'
import { Progress } from './progress.ts'
import { complain, TerminalText } from './terminal-text.ts'

/** How a cell looks in a terminal with colours. */
export type Style = 'blue' | 'dim'

export interface Column<T> {
  title: string
  value: (row: T) => string | number | null | undefined
  align?: 'right'
  style?: (row: T) => Style | undefined
}

export class Output {
  readonly json: boolean
  /** Whether stdout is a terminal that a person reads. */
  readonly isTerminal: boolean
  /** Undefined without colours. */
  readonly #chalk: ChalkInstance | undefined
  readonly #terminal = process.stdout.isTTY ? new TerminalText() : undefined

  private constructor(json: boolean, chalk: ChalkInstance | undefined) {
    this.json = json
    this.isTerminal = process.stdout.isTTY && !json
    this.#chalk = chalk
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
    if (this.json) await this.write(`${JSON.stringify(rows)}\n`)
    else await this.#put(this.#table(rows, columns, options.header ?? true))
  }

  /** Prints one element of a stream: an object on a line of its own, or text. */
  async element(result: object, text: string): Promise<void> {
    await this.write(`${this.json ? JSON.stringify(result) : text}\n`)
  }

  /** Prints text or the bytes of a file; in a terminal cleaned, otherwise as they are. Waits when the reader of stdout is slow. */
  async write(text: string | Buffer): Promise<void> {
    await this.#put(this.#terminal?.clean(text) ?? text)
  }

  /** Prints a sentence to stderr. */
  warn(sentence: string): void {
    complain(sentence)
  }

  /** Tells somebody who sits at a terminal, on stderr; programs hear nothing. */
  remark(sentence: string): void {
    if (process.stderr.isTTY && !this.json) complain(sentence)
  }

  /** A progress bar on stderr; invisible without a terminal. */
  progress(label: string, total?: number): Progress {
    return new Progress(process.stderr.isTTY && !this.json ? process.stderr : undefined, escapeHidden(label), total)
  }

  async #put(text: string | Buffer): Promise<void> {
    if (text.length > 0 && !process.stdout.write(text)) await once(process.stdout, 'drain')
  }

  #table<T>(rows: T[], columns: Column<T>[], header: boolean): string {
    if (rows.length === 0) return ''
    const shown = this.#terminal === undefined ? oneLine : escapeHidden
    const cells = rows.map((row) => columns.map(({ value }) => shown(String(value(row) ?? ''))))
    const titles = columns.map(({ title }) => title)
    const withHeader = header && process.stdout.isTTY
    const widths = columns.map((_, at) =>
      Math.max(...cells.map((line) => line[at]?.length ?? 0), withHeader ? (titles[at]?.length ?? 0) : 0),
    )
    const paint = (text: string, style: Style | undefined): string =>
      style === undefined || this.#chalk === undefined ? text : this.#chalk[style](text)
    const format = (line: string[], style: (column: Column<T>) => Style | undefined): string =>
      columns
        .map((column, at) => {
          const cell = line[at] ?? ''
          const gap = ' '.repeat(Math.max((widths[at] ?? 0) - cell.length, 0))
          const painted = paint(cell, style(column))
          return column.align === 'right' ? gap + painted : at === columns.length - 1 ? painted : painted + gap
        })
        .join('  ')
        .trimEnd()
    const lines = cells.map((line, at) => format(line, ({ style }) => style?.(rows[at] as T)))
    if (withHeader)
      lines.unshift(
        paint(
          format(titles, () => undefined),
          'dim',
        ),
      )
    return lines.map((line) => `${line}\n`).join('')
  }
}

/** Text on one line, so that programs find a row on each: control characters are shown escaped. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, escapeHidden)

/** One object field by field, each on a line of its own: names, then values in a column. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => oneLine(`${name.padEnd(width)}  ${value}`).trimEnd()).join('\n')
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
