/**
 * Answers of databases and dashboards in JSON whose rows are lists: InfluxDB 1 (`results`), Prometheus (`matrix`, `vector`), Graphite and
 * Grafana (`datapoints`), pandas (`split`, `columns`), and lists of lists below a list of names.
 */
import { csvField } from '../base/csv.ts'
import { isObject } from '../base/json.ts'

/** A field of a table in text; empty for what is none. */
export const cell = (value: unknown): string => {
  if (typeof value === 'string') return csvField(value)
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

type Row = readonly unknown[]

/** The rows of such an answer, as text in lines; undefined where a document is none. */
export function listedTable(json: unknown): string | undefined {
  const series = [...influxSeries(json), ...prometheusSeries(json), ...graphiteSeries(json)]
  if (series.length > 0) return linesOf(['series', 'time', 'value'], series)
  const table = named(json) ?? headed(json) ?? byTimes(json)
  return table && linesOf(table.names, table.rows)
}

const linesOf = (names: Row, rows: readonly Row[]): string => [names, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')

const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined)
const isRows = (value: unknown): value is Row[] => Array.isArray(value) && value.length > 0 && value.every((row) => Array.isArray(row))
const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 1 && value.every((name) => typeof name === 'string')

/** A name of parts, such as a measurement and the values of its tags. */
const nameOf = (parts: Row): string => parts.filter((part) => typeof part === 'string' && part !== '').join('/')

/** Values of an object, in the order of their names. */
const valuesOf = (labels: unknown): unknown[] =>
  isObject(labels)
    ? Object.entries(labels)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, value]) => value)
    : []

function* influxSeries(json: unknown): Generator<Row> {
  for (const result of listIn(member(json, 'results')))
    for (const one of listIn(member(result, 'series'))) {
      const [columns, values] = [member(one, 'columns'), member(one, 'values')]
      const time = isNames(columns) ? columns.indexOf('time') : -1
      if (!isNames(columns) || !isRows(values) || time < 0) continue
      const above = [member(one, 'name'), ...valuesOf(member(one, 'tags'))]
      for (const row of values)
        for (const [at, column] of columns.entries()) if (at !== time) yield [nameOf([...above, column]), row[time], row[at]]
    }
}

function* prometheusSeries(json: unknown): Generator<Row> {
  for (const one of listIn(member(member(json, 'data'), 'result'))) {
    const { __name__: name, ...labels } = (member(one, 'metric') ?? {}) as Record<string, unknown>
    const pairs = [...listIn(member(one, 'values')), member(one, 'value')].filter((pair) => Array.isArray(pair))
    for (const [time, value] of pairs as Row[]) yield [nameOf([name, ...valuesOf(labels)]) || 'value', time, value]
  }
}

function* graphiteSeries(json: unknown): Generator<Row> {
  for (const one of listIn(json)) {
    const [target, points] = [member(one, 'target'), member(one, 'datapoints')]
    if (typeof target === 'string' && isRows(points)) for (const [value, time] of points) yield [target, time, value]
  }
}

interface Table {
  readonly names: readonly string[]
  readonly rows: readonly Row[]
}

/** `{"columns": ["time", "t"], "data": [[…], …]}`, also with an `index` of pandas, which is the time. */
function named(json: unknown): Table | undefined {
  const columns = listIn(member(json, 'columns')).map((column) => member(column, 'name') ?? member(column, 'text') ?? column)
  const rows = ['data', 'values', 'rows'].map((name) => member(json, name)).find(isRows)
  if (columns.length === 0 || !columns.every((name) => typeof name === 'string') || rows === undefined) return undefined
  const index = listIn(member(json, 'index'))
  if (index.length !== rows.length) return { names: columns, rows }
  return { names: ['time', ...columns], rows: rows.map((row, at) => [index[at], ...row]) }
}

/** `[["time", "t"], […], …]` */
function headed(json: unknown): Table | undefined {
  if (!isRows(json)) return undefined
  const [names, ...rows] = json
  return isNames(names) && rows.length > 0 ? { names, rows } : undefined
}

/** Unix time, or the beginning of a date. */
const TIME_KEY = /^(?:\d{10}|\d{13}|\d{16}|\d{19}|\d{4}-\d\d-\d\d.*)$/

/** `{"t": {"1781352000000": 1.5}}`, as pandas writes columns. */
function byTimes(json: unknown): Table | undefined {
  const columns = isObject(json) ? Object.entries(json) : []
  const times = [...new Set(columns.flatMap(([, column]) => (isObject(column) ? Object.keys(column) : [''])))]
  if (times.length === 0 || !times.every((time) => TIME_KEY.test(time))) return undefined
  return {
    names: ['time', ...columns.map(([name]) => name)],
    rows: times.map((time) => [time, ...columns.map(([, column]) => member(column, time))]),
  }
}
