/**
 * One bad page does not stop the lab: tables whose rows come about again, and indexes, are made again where they can't be read. For the
 * start of a daemon, before anything else has the database open.
 */
import Sqlite from 'better-sqlite3'
import { closeSync, existsSync, openSync, statSync } from 'node:fs'
import { NO_DAMAGE, type DatabaseDamage } from '../engine.ts'
import { isUnreadable, readAgain } from '../errors.ts'
import { NAME_INDEX, isOfNameIndex } from '../name-index.ts'
import { wordsOf } from '../tables.ts'
import { findDamagedTables, findUnreadable } from './table-checks.ts'
import { copyTable, type CopiedTable } from './table-copy.ts'

interface SchemaObject {
  readonly type: 'table' | 'index'
  readonly name: string
  readonly table: string
  /** Null for an index that a constraint of its table makes. */
  readonly sql: string | null
}

interface Damage {
  /** Tables to be made again: side tables, and those with a damaged index of a constraint. */
  readonly tables: readonly string[]
  readonly indexes: readonly SchemaObject[]
  /** Tables of the index of names, which is filled again in the background. */
  readonly names: readonly string[]
  /** The numbers that were given last, so that none is given twice. */
  readonly hasNumbers: boolean
}

/** Numbers that are left out when it is not known which was given last: those of rows that were removed meanwhile. */
const SPARE_NUMBERS = 1_000
/** Tables that a start need not read whole, and that are small. */
const LOOKED_AT: ReadonlySet<string> = new Set(['users', 'keys', 'account_requests', 'outgoing_messages'])
const NUMBERS = 'sqlite_sequence'

/**
 * Makes again what can't be read and that the lab can do without, in one transaction; looks at small tables that it can't do without.
 * @throws SqliteError when it can't be made again, as when rows are damaged, too, that the lab can't do without
 */
export function mendDatabase(path: string): DatabaseDamage {
  if (!existsSync(path) || statSync(path).size === 0) return NO_DAMAGE
  // Of a file that can't be opened SQLite says no more than that; the system says why.
  closeSync(openSync(path, 'r+'))
  const db = new Sqlite(path, { fileMustExist: true, timeout: 5_000 })
  try {
    const schema = readSchema(db)
    const damage = findDamage(db, schema)
    const left = findDamagedTables(db, (table) => LOOKED_AT.has(table)).map(({ table }) => describeLeft(table))
    if (damage.tables.length + damage.indexes.length + damage.names.length === 0 && !damage.hasNumbers) return { mended: [], left }
    // The schema itself is changed: dropping what is damaged would read it.
    db.unsafeMode(true)
    db.pragma('foreign_keys = OFF')
    db.pragma('synchronous = FULL')
    return { mended: db.transaction(() => remake(path, db, schema, damage)).immediate(), left }
  } finally {
    db.close()
  }
}

const readSchema = (db: Sqlite.Database): SchemaObject[] =>
  db
    .prepare<[], SchemaObject>(
      "select type, name, tbl_name as 'table', sql from sqlite_schema where type in ('table', 'index') order by rowid",
    )
    .all()

function findDamage(db: Sqlite.Database, schema: readonly SchemaObject[]): Damage {
  const side = findDamagedTables(db, (table) => wordsOf(table).kind === 'side').map(({ table }) => table)
  const tables = new Set(side.filter((table) => !isOfNameIndex(table)))
  const damaged = schema.filter((object) => object.type === 'index' && !isReadable(db, object))
  for (const { table, sql } of damaged) if (sql === null) tables.add(table)
  const hasNumbers = schema.some(({ name }) => name === NUMBERS) && findUnreadable(db, NUMBERS) !== undefined
  return {
    tables: [...tables].filter((table) => !isOfNameIndex(table)),
    indexes: damaged.filter(({ table }) => !tables.has(table)),
    names: [...side, ...tables].filter(isOfNameIndex),
    hasNumbers,
  }
}

/** Whether an index can be read from end to end. */
function isReadable(db: Sqlite.Database, { name, table, sql }: SchemaObject): boolean {
  // An index of some rows only is used for those alone.
  const [, condition = ''] = /( where .*)$/is.exec(sql ?? '') ?? []
  try {
    // Rows of some tables have no number.
    const [column = 'rowid'] = /\bwithout rowid\b/i.test(sqlOf(db, table)) ? indexedColumns(db, name) : []
    readAgain(() => db.prepare(`select total(${column}) from "${table}" indexed by "${name}"${condition}`).get())
    return true
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return false
  }
}

const sqlOf = (db: Sqlite.Database, table: string): string =>
  db.prepare<[string], string>("select sql from sqlite_schema where type = 'table' and name = ?").pluck().get(table) ?? ''

const indexedColumns = (db: Sqlite.Database, index: string): string[] =>
  db.prepare<[string], string>('select name from pragma_index_info(?) where name is not null').pluck().all(index)

function remake(
  path: string,
  db: Sqlite.Database,
  schema: readonly SchemaObject[],
  { tables, indexes, names, hasNumbers }: Damage,
): string[] {
  const told: string[] = []
  const rescued = new Sqlite('')
  try {
    const copies = rescueAll(path, rescued, schema, tables)
    const ofNames = names.length > 0 ? schema.filter(({ name }) => isOfNameIndex(name)) : []
    forget(db, [...(hasNumbers ? [NUMBERS] : []), ...tables, ...ofNames.map(({ name }) => name)], indexes)
    if (names.length > 0) told.push(remakeNames(db, ofNames, names))
    if (hasNumbers) told.push(remakeNumbers(db, schema))
    for (const copied of copies) {
      for (const { sql, table } of schema) if (table === copied.table && sql !== null) db.exec(sql)
      if (copied.rows > 0) copyTable(rescued, db, copied.table)
      told.push(describeTable(copied))
    }
    for (const { name, table, sql } of indexes) {
      db.exec(sql ?? '')
      told.push(`An index of ${wordsOf(table).words} (${name}) could not be read and was made again. Nothing is lost with it.`)
    }
    return told
  } finally {
    rescued.close()
  }
}

/** Reads with a connection of its own: one that met damage remembers it. */
function rescueAll(path: string, to: Sqlite.Database, schema: readonly SchemaObject[], tables: readonly string[]): CopiedTable[] {
  const reader = new Sqlite(path, { readonly: true })
  try {
    return tables.map((table) => rescue(reader, to, schema, table))
  } finally {
    reader.close()
  }
}

/** Copies what can be read of a table. @throws SqliteError when some of it can't be read and the lab can't do without it */
function rescue(db: Sqlite.Database, to: Sqlite.Database, schema: readonly SchemaObject[], table: string): CopiedTable {
  const { sql } = schema.find(({ type, name }) => type === 'table' && name === table) ?? {}
  to.pragma('foreign_keys = OFF')
  to.exec(sql ?? '')
  // Rows of such a table have no numbers, by which they could be read around the damage.
  const hasNumbers = !/\bwithout rowid\b/i.test(sql ?? '')
  const copied: CopiedTable = hasNumbers ? copyTable(db, to, table) : { table, rows: 0, lost: [], gaps: [] }
  if (copied.gaps.length > 0 && wordsOf(table).kind !== 'side')
    throw new Sqlite.SqliteError(`${wordsOf(table).words} can't be read, and no index of them`, 'SQLITE_CORRUPT')
  return copied
}

/** Takes tables and indexes out of the schema. Their pages stay, and belong to nothing. */
function forget(db: Sqlite.Database, tables: readonly string[], indexes: readonly SchemaObject[]): void {
  db.pragma('writable_schema = ON')
  const byTable = db.prepare('delete from sqlite_schema where tbl_name = ?')
  const byName = db.prepare('delete from sqlite_schema where name = ?')
  for (const table of tables) byTable.run(table)
  for (const { name } of indexes) byName.run(name)
  db.pragma('writable_schema = RESET')
}

/** A number that was given to a row is never given to another one. */
function remakeNumbers(db: Sqlite.Database, schema: readonly SchemaObject[]): string {
  // SQLite makes the table of numbers with the first table that needs it.
  db.exec('create table rhizo_numbers (id integer primary key autoincrement)')
  db.exec('drop table rhizo_numbers')
  const insert = db.prepare(`insert into ${NUMBERS} (name, seq) values (?, ?)`)
  for (const { name, sql } of schema) {
    if (!/\bautoincrement\b/i.test(sql ?? '') || wordsOf(name).kind === 'side') continue
    insert.run(name, Number(db.prepare(`select max(rowid) from "${name}"`).pluck().get() ?? 0) + SPARE_NUMBERS)
  }
  return 'The list of the highest numbers of rows could not be read and was made again. Nothing is lost with it.'
}

/** Empty: the daemon fills it in the background, and searches look at the names themselves until then. */
function remakeNames(db: Sqlite.Database, schema: readonly SchemaObject[], damaged: readonly string[]): string {
  const [table] = damaged
  db.exec(schema.find(({ name }) => name === NAME_INDEX)?.sql ?? '')
  return `The index of names (table ${table}) could not be read and is made again. Nothing is lost with it.`
}

function describeTable({ table, rows, lost, gaps }: CopiedTable): string {
  const { words, kind, without } = wordsOf(table)
  if (kind !== 'side' || (gaps.length === 0 && lost.length === 0 && rows > 0))
    return `An index of ${words} (table ${table}) could not be read and was made again. Nothing is lost with it.`
  const left = rows === 0 ? 'none of it could be kept' : `${rows.toLocaleString('en')} rows of it could be kept`
  const what = `A page could not be read where the database holds ${words} (table ${table}), so that it begins again; ${left}.`
  return without === undefined ? what : `${what} ${without}`
}

const describeLeft = (table: string): string =>
  `Some ${wordsOf(table).words} (table ${table}) can't be read; the others can. Stop the server, and save all that can be read into a ` +
  'new lab with "rhizo doctor --salvage NEW", or restore a backup with "rhizo restore".'
