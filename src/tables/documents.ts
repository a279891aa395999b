/**
 * Files that are one document of JSON or XML and hold a table all the same, as lines that are read as any table: lists of objects, lists
 * side by side, SenML, and Solinst's XLE.
 */
import { invalid } from '../base/fault.ts'
import { isObject, parseLoosely } from '../base/json.ts'
import { elementsOf, textOf } from '../base/little-xml.ts'
import { quote } from '../base/quote.ts'
import { formatTimestamp } from '../base/time.ts'
import { isSenml, readSenml, senmlDevice } from '../wire/senml.ts'
import { encodingOf } from './encoding.ts'
import { cell, listedTable } from './listed-json.ts'

/** Whether the first bytes of a file may be those of such a document, and not of objects a line. @param start some kilobytes */
export function mayBeDocument(start: Uint8Array): boolean {
  const text = decode(start.subarray(0, 4_000)).trimStart()
  return /^(?:[[{]|<\?xml|<Body_xle)/i.test(text) && !/^\{[^\n]*\}\s*\n\s*\{/.test(text)
}

const decode = (bytes: Uint8Array): string => new TextDecoder(encodingOf(bytes)).decode(bytes)

/**
 * The document's table, as text in lines; undefined where the file is none, or none that is known.
 * @throws Fault invalid where it holds several tables, as the end of a sentence
 */
export function documentTable(bytes: Uint8Array): string | undefined {
  const text = decode(bytes)
  if (text.trimStart().startsWith('<')) return xleTable(text)
  let json: unknown
  try {
    json = parseLoosely(text)
  } catch {
    return undefined
  }
  if (isSenml(json)) return senmlTable(json)
  const listed = listedTable(json)
  if (listed !== undefined) return listed
  const tables = [...tablesIn(json, [], undefined, 0)]
  const [table, other] = tables
  if (table && other)
    throw invalid(
      `holds several tables, ${quote(table.name)} and ${quote(other.name)}: write the one to bring in to a file of its own ` +
        `(with jq: jq -c ".${table.name}[]")`,
    )
  return table?.lines()
}

interface Found {
  /** Names of members on the way to it; empty for the whole document. */
  readonly name: string
  readonly lines: () => string
}

/** Most members on the way to a table. */
const MAX_DEPTH = 4

function* tablesIn(json: unknown, way: readonly string[], holder: Record<string, unknown> | undefined, depth: number): Generator<Found> {
  if (Array.isArray(json)) {
    if (json.some(isObject)) yield { name: way.join('.'), lines: () => json.map((item) => `${JSON.stringify(item)}\n`).join('') }
    return
  }
  if (!isObject(json)) return
  const lists = Object.entries(json).filter((entry): entry is [string, unknown[]] => isScalars(entry[1]))
  const [first] = lists
  if (first && lists.length > 1 && lists.every(([, list]) => list.length === first[1].length && list.length > 0)) {
    yield { name: way.join('.'), lines: () => sideBySide(lists, holder?.[`${way.at(-1) ?? ''}_units`], holder?.['utc_offset_seconds']) }
    return
  }
  if (depth < MAX_DEPTH) for (const [name, member] of Object.entries(json)) yield* tablesIn(member, [...way, name], json, depth + 1)
}

const isScalars = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)

/** Lists of one length, a column each, as Open-Meteo writes them, with the units and the zone that stand beside them. */
function sideBySide(lists: readonly (readonly [string, readonly unknown[]])[], units: unknown, offset: unknown): string {
  const zone = typeof offset === 'number' ? `Time zone: ${offsetWords(offset)}\n` : ''
  const unitOf = (name: string): string => {
    const unit = isObject(units) ? units[name] : undefined
    return typeof unit === 'string' && unit !== '' && !/^(?:iso8601|unixtime)$/.test(unit) ? ` (${unit})` : ''
  }
  const header = lists.map(([name]) => cell(`${name}${unitOf(name)}`)).join(',')
  const rows = (lists[0]?.[1] ?? []).map((_, at) => `${lists.map(([, list]) => cell(list[at])).join(',')}\n`)
  return `${zone}${header}\n${rows.join('')}`
}

const offsetWords = (seconds: number): string => {
  const minutes = Math.round(Math.abs(seconds) / 60)
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0')
  return `UTC${seconds < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

function senmlTable(records: readonly Record<string, unknown>[]): string {
  const lines = ['series,time,value,units\n']
  for (const { base, name, value, sum, units, time, problem } of readSenml(records, undefined)) {
    const series = [senmlDevice(base), name].filter((part) => part !== '').join('/')
    // What can't be taken stands in the place of the time, so that its row is refused with these words.
    const shown = problem ?? (time === undefined ? '' : formatTimestamp(time))
    const add = (of: string, what: unknown): void => void lines.push(`${[of, shown, what, units].map(cell).join(',')}\n`)
    if (value !== undefined || problem !== undefined) add(series, typeof value === 'boolean' ? Number(value) : value)
    if (sum !== undefined) add(`${series} sum`, sum)
  }
  return lines.join('')
}

/** A Levelogger's file: channels with their names and units, and a log with a date, a clock and milliseconds. */
function xleTable(xml: string): string | undefined {
  if (!/<Body_xle[\s>]/i.test(xml.slice(0, 2_000))) return undefined
  const logs = elementsOf(xml, 'Log')
  if (logs.length === 0) return undefined
  const channels: string[] = []
  for (let at = 1; at <= 20; at++) {
    const [head] = elementsOf(xml, `Ch${at}_data_header`)
    if (head === undefined) break
    const [name, unit] = [textOf(head, 'Identification')?.trim() ?? '', textOf(head, 'Unit')?.trim() ?? '']
    channels.push(cell(`${name === '' ? `channel ${at}` : name}${unit === '' ? '' : ` (${unit})`}`))
  }
  const rows = logs.map((log) => {
    const names = ['Date', 'Time', 'ms', ...channels.map((_, at) => `ch${at + 1}`)]
    return `${names.map((name) => cell(textOf(log, name)?.trim())).join(',')}\n`
  })
  return `${['Date', 'Time', 'ms', ...channels].join(',')}\n${rows.join('')}`
}
