/**
 * Upgrades a database, and ends by SIGKILL right before a statement of a step. Arguments: the file, the version that the step begins with,
 * and which of its statements, counted from 1; without a version it lives, and prints how many statements each step had.
 */
import Sqlite from 'better-sqlite3'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { migrateSqlite } from '../../src/database/sqlite/sqlite.ts'

const [path = '', step = 'none', at = '0'] = process.argv.slice(2)

function versionOf(file: string): number {
  const database = new Sqlite(file, { readonly: true })
  try {
    return database.prepare<[], number>('select max(number) from schema_migrations').pluck().get() ?? 0
  } finally {
    database.close()
  }
}

let version = versionOf(path)
const statements: Record<number, number> = {}

function count(sql: string): void {
  const number = (statements[version] = (statements[version] ?? 0) + 1)
  // Before its record a step isn't done: a step with fewer statements than last time ends there at the latest.
  const isRecord = /insert into "schema_migrations"/i.test(sql)
  if (version === Number(step) && (number >= Number(at) || isRecord)) process.kill(process.pid, 'SIGKILL')
  if (isRecord) version++
}

type Method = (this: Sqlite.Database, sql: string) => unknown
for (const name of ['prepare', 'exec']) {
  const method = Reflect.get(Sqlite.prototype, name) as Method
  const counted: Method = function (sql) {
    count(sql)
    return method.call(this, sql)
  }
  Reflect.set(Sqlite.prototype, name, counted)
}

await migrateSqlite({ path, clock: systemClock, log: silentLog })
process.stdout.write(JSON.stringify(statements))
