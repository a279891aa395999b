/** Any table, written in any dialect that the reader knows, comes back the same; damage costs the rows that have it. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { Encoding } from '../../src/tables/encoding.ts'
import { planTable, type ReadOptions } from '../../src/tables/plan.ts'
import { ValueReader } from '../../src/tables/rows.ts'
import { readTimedRows, surveyTable } from '../../src/tables/survey.ts'
import type { TimeFormat } from '../../src/tables/time-way.ts'

type Value = number | string | undefined
type Row = readonly [time: number, ...values: Value[]]

interface TimeForm {
  readonly write: (micros: number) => string
  readonly format?: TimeFormat
}

const two = (number: number): string => String(number).padStart(2, '0')
const dateOf = (micros: number): Date => new Date(micros / 1000)
const clockOf = (date: Date): string => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`

/** Of whole seconds. Those with a blank inside do not go with blanks between the fields. */
const TIMES: Readonly<Record<string, TimeForm>> = {
  iso: { write: formatTimestamp },
  offset: { write: (time) => `${formatTimestamp(time + 3_600 * SECOND).slice(0, 19)}+01:00` },
  blank: { write: (time) => formatTimestamp(time).slice(0, 19).replace('T', ' ') },
  dots: {
    write: (time) =>
      `${two(dateOf(time).getUTCDate())}.${two(dateOf(time).getUTCMonth() + 1)}.${dateOf(time).getUTCFullYear()} ${clockOf(dateOf(time))}`,
  },
  american: {
    write: (time) => {
      const [date, hour] = [dateOf(time), dateOf(time).getUTCHours()]
      const clock = `${hour % 12 || 12}${clockOf(date).slice(2)} ${hour < 12 ? 'AM' : 'PM'}`
      return `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()} ${clock}`
    },
    format: 'month-first',
  },
  unix: { write: (time) => String(time / SECOND), format: 'unix' },
  milliseconds: { write: (time) => String(time / 1_000), format: 'unix-ms' },
  excel: { write: (time) => (time / 86_400 / SECOND + 25_569).toFixed(9), format: 'excel' },
}

const anyDialect = fc.record({
  encoding: fc.constantFrom<Encoding | 'marked'>('utf-8', 'marked', 'utf-16le', 'utf-16be', 'windows-1252'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  delimiter: fc.constantFrom(',', ';', '\t', '|', '  '),
  isComma: fc.boolean(),
  time: fc.constantFrom(...Object.keys(TIMES)),
  isQuoted: fc.boolean(),
  hasTitle: fc.boolean(),
  hasUnits: fc.boolean(),
  missing: fc.constantFrom('', 'NaN', 'NA', '---', '-9999'),
})

type Dialect = typeof anyDialect extends fc.Arbitrary<infer T> ? T : never

/** Letters are such as Windows-1252 can write, and no two of them are UTF-8 in it. */
const anyText = fc.string({ unit: fc.constantFrom('a', 'é', 'ü', 'ß', '"', ',', ';', '\t', '|', ' ', '#'), maxLength: 8 })
const anyNumber = fc
  .oneof(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((number) => number + 0)
  // Whole numbers beyond 2^53 are refused where their digits are not exact.
  .filter((number) => number !== -9999 && (Number.isSafeInteger(number) || !/^-?\d+$/.test(String(number))))

const anyRows = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1_000_000_000, max: 1_700_000_000 }))
  .chain(([width, start]) =>
    fc
      .array(
        fc.tuple(
          fc.integer({ min: 1, max: 5_000_000 }),
          fc.array(fc.option(anyNumber, { nil: undefined, freq: 9 }), { minLength: width, maxLength: width }),
          anyText,
        ),
        { minLength: 4, maxLength: 12 },
      )
      .map((rows) => {
        let time = start * SECOND
        return rows.map(([step, numbers, text]): Row => [(time += step * SECOND), ...numbers, `x${text}x`])
      }),
  )
  // A column of which nothing is known is no column of numbers.
  .filter((rows) => rows[0]?.every((_, at) => rows.filter((row) => row[at] !== undefined).length > rows.length / 2) === true)

function write(rows: readonly Row[], dialect: Dialect): { bytes: Uint8Array; headers: string[] } {
  const { delimiter, lineEnd, isQuoted } = dialect
  const isBlanks = delimiter === '  '
  const form = TIMES[dialect.time]
  const hasComma = dialect.isComma && delimiter !== ','
  // Where the fields have blanks between them, nothing else has any.
  const plain = (text: string): string => (isBlanks ? text.replaceAll(/[" \t;|]/g, '_') : text)
  const field = (text: string): string =>
    isQuoted || text.includes(delimiter) || /^"|[\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  const cell = (value: Value, at: number): string => {
    if (at === 0) return form?.write(Number(value)) ?? ''
    if (value === undefined) return isBlanks && dialect.missing === '' ? 'NaN' : dialect.missing
    return typeof value === 'number' ? String(value).replace('.', hasComma ? ',' : '.') : plain(value)
  }
  const headers = ['time', ...(rows[0] ?? []).slice(1).map((_, at) => `col${at}`)]
  const lines = [
    ...(dialect.hasTitle && !isBlanks ? ['Logger 17'] : []),
    headers.map(field).join(delimiter),
    ...(dialect.hasUnits && !isBlanks
      ? [headers.map((_, at) => field(at === 0 || at === headers.length - 1 ? '' : '°C')).join(delimiter)]
      : []),
    ...rows.map((row) => row.map((value, at) => field(cell(value, at))).join(delimiter)),
  ]
  return { bytes: encode(`${lines.join(lineEnd)}${lineEnd}`, dialect.encoding), headers }
}

function encode(text: string, encoding: Dialect['encoding']): Uint8Array {
  if (encoding === 'windows-1252') return Buffer.from(text, 'latin1')
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text}`, 'utf16le')
  if (encoding === 'utf-16be') return Buffer.from(`\ufeff${text}`, 'utf16le').swap16()
  return Buffer.from(encoding === 'marked' ? `\ufeff${text}` : text)
}

async function read(bytes: Uint8Array, headers: readonly string[], format: TimeFormat | undefined): Promise<Row[]> {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    await Promise.resolve()
    yield bytes
  }
  const options: ReadOptions = {
    columns: headers.slice(1),
    timeFormat: format,
    defaultZone: 'UTC',
    now: Date.UTC(2030, 0, 1) * 1000,
  }
  const plan = await planTable(source, options)
  const survey = await surveyTable(source, plan, options, () => undefined)
  const readers = plan.columns.map((column, at) => new ValueReader(plan, column, [], at === plan.columns.length - 1))
  const rows: Row[] = []
  for await (const batch of readTimedRows(source, plan, survey.settled, options, (bad) => assert.fail(JSON.stringify(bad))))
    for (const { record, time } of batch)
      rows.push([
        time,
        ...readers.map((reader) => reader.read(record.fields)).map((value) => (typeof value === 'object' ? value.problem : value)),
      ])
  return rows
}

const isWritable = ({ delimiter, time, isComma, missing }: Dialect): boolean =>
  !(delimiter === '  ' && ['blank', 'dots', 'american'].includes(time)) &&
  // A comma in the times of Excel is read as their decimal sign, which here is a point.
  !(isComma && time === 'excel') &&
  !(missing === '' && delimiter === '  ')

test('any table comes back the same, whatever dialect it is written in', async () => {
  await fc.assert(
    fc.asyncProperty(anyRows, anyDialect.filter(isWritable), async (rows, dialect) => {
      const { bytes, headers } = write(rows, dialect)
      const expected = rows.map((row) =>
        dialect.delimiter === '  ' ? [...row.slice(0, -1), String(row.at(-1)).replaceAll(/[" \t;|]/g, '_')] : row,
      )
      assert.deepEqual(
        await read(bytes, headers, TIMES[dialect.time]?.format),
        expected,
        JSON.stringify(Buffer.from(bytes).toString('latin1')),
      )
    }),
    { numRuns: 120 },
  )
})
