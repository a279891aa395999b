/**
 * Home Assistant's recorder in SQLite (`home-assistant_v2.db`): states, and the long-term statistics, which it keeps when states are
 * purged. Tables and columns as its documentation of the recorder has them, also those before 2023 (times as text, entities in each row).
 */
import { invalid } from '../base/fault.ts'
import { requireFile } from '../base/regular-files.ts'
import { parseTimestamp, timeOfSeconds, type Micros } from '../base/time.ts'
import { openForReading, type Connection } from '../database/sqlite/connection.ts'
import { numberOf, type ForeignValue, type ForeignValues, type LeftOut } from './foreign-values.ts'

const BATCH = 5_000
/** Of hours, of which each entity has one or more. */
const STATISTICS = ['mean', 'min', 'max', 'state', 'sum'] as const
/** States that say that there is none. */
const NONE: ReadonlySet<unknown> = new Set([null, '', 'unavailable', 'unknown'])

/** @throws Fault invalid when it is no such database */
export async function* readHomeAssistant(path: string, leftOut: LeftOut): ForeignValues & AsyncGenerator<readonly ForeignValue[]> {
  requireFile(path)
  const connection = open(path)
  try {
    yield* readStates(connection, leftOut)
    if (hasTable(connection, 'statistics')) yield* readStatistics(connection)
  } finally {
    connection.close()
  }
}

function open(path: string): Connection {
  let connection: Connection | undefined
  try {
    connection = openForReading(path)
    connection.exec('begin')
    if (hasTable(connection, 'states')) return connection
  } catch (error) {
    connection?.close()
    throw invalid(`${path} can't be read as an SQLite database: ${error instanceof Error ? error.message : String(error)}.`)
  }
  connection.close()
  throw invalid(`${path} is no database of Home Assistant's recorder: it has no table of states.`)
}

const hasTable = (connection: Connection, name: string): boolean =>
  connection.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(name) !== undefined

const columnsOf = (connection: Connection, table: string): ReadonlySet<string> =>
  new Set(connection.prepare<[string], string>('select name from pragma_table_info(?)').pluck().all(table))

interface StateRow {
  readonly entity: string | null
  readonly state: unknown
  readonly seconds: number | null
  readonly text: string | null
}

async function* readStates(connection: Connection, leftOut: LeftOut): AsyncGenerator<readonly ForeignValue[]> {
  const columns = columnsOf(connection, 'states')
  const entity = hasTable(connection, 'states_meta') ? 'coalesce(m.entity_id, s.entity_id)' : 's.entity_id'
  const join = hasTable(connection, 'states_meta') ? 'left join states_meta m on m.metadata_id = s.metadata_id' : ''
  const column = (name: string): string => (columns.has(name) ? `s.${name}` : 'null')
  const query =
    `select ${columns.has('entity_id') ? entity : 'm.entity_id'} as entity, s.state as state, ${column('last_updated_ts')} as seconds, ` +
    `${column('last_updated')} as text from states s ${join} order by s.state_id`
  let batch: ForeignValue[] = []
  for (const row of connection.prepare<[], StateRow>(query).iterate()) {
    const time = timeOf(row)
    if (row.entity === null || time === undefined || NONE.has(row.state)) continue
    const value = numberOf(row.state)
    if (value === undefined) leftOut.add(row.entity)
    else batch.push({ series: row.entity, time, value })
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  yield batch
}

function timeOf({ seconds, text }: StateRow): Micros | undefined {
  if (seconds !== null) return timeOfSeconds(seconds)
  return text === null ? undefined : parseTimestamp(`${text.replace(' ', 'T').replace(/\+00:00$/, '')}Z`)
}

type StatisticsRow = Readonly<Record<(typeof STATISTICS)[number], number | null>> & Omit<StateRow, 'state'>

async function* readStatistics(connection: Connection): AsyncGenerator<readonly ForeignValue[]> {
  const columns = columnsOf(connection, 'statistics')
  const column = (name: string): string => (columns.has(name) ? `s.${name}` : 'null')
  const query =
    `select m.statistic_id as entity, ${column('start_ts')} as seconds, ${column('start')} as text, ` +
    `${STATISTICS.map((name) => `${column(name)} as ${name}`).join(', ')} ` +
    'from statistics s join statistics_meta m on m.id = s.metadata_id order by s.id'
  let batch: ForeignValue[] = []
  for (const row of connection.prepare<[], StatisticsRow>(query).iterate()) {
    const time = timeOf({ ...row, state: null })
    if (row.entity === null || time === undefined) continue
    for (const name of STATISTICS) {
      const value = numberOf(row[name])
      if (value !== undefined) batch.push({ series: `${row.entity} hourly ${name}`, time, value })
    }
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  yield batch
}
