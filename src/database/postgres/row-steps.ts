/** Steps of the store of values, as statements of PostgreSQL: all rows of a step in one. */
import type { Column, RowsStep } from '../sqlite/writer-protocol.ts'

export interface Statement {
  readonly text: string
  readonly values: unknown[]
}

/** Whole numbers compare with columns of that type by their index only as such. */
const INTEGERS = /\b(?:id|sequence_id|first|last|first_record) (?:=|<=|>=) \?/g

const INSERT = /^(insert into \w+ \([^)]*\)) values \((.*)\)$/
const INSERT_SELECT = /^(insert into \w+ \([^)]*\)) select (.*?) (where .*)$/
const DELETE = /^(delete from \w+) where (.*)$/

/**
 * @throws Error for a statement of a form that the store does not use
 */
export function toStatement({ sql, columns }: RowsStep): Statement {
  const lists = columns.map((column, at) => `$${at + 1}::${typeOf(column)}[]`)
  const from = `from unnest(${lists.join(', ')}) as given(${columns.map((_, at) => `c${at + 1}`).join(', ')})`
  return { text: rewrite(sql, from), values: columns.map(toArray) }
}

function rewrite(sql: string, from: string): string {
  let at = 0
  const numbered = (text: string): string =>
    text.replace(INTEGERS, (comparison) => comparison.replace('?', `given.c${++at}::bigint`)).replace(/\?/g, () => `given.c${++at}`)
  const insert = INSERT.exec(sql)
  const answer = sql.startsWith('insert into sequence_journal ') ? ' returning id' : ''
  if (insert) return `${insert[1]} select ${numbered(insert[2] ?? '')} ${from}${answer}`
  const chosen = INSERT_SELECT.exec(sql)
  // The columns come before the condition: so are they numbered.
  if (chosen) return `${chosen[1]} select ${numbered(chosen[2] ?? '')} ${from} ${numbered(chosen[3] ?? '')}`
  const removal = DELETE.exec(sql)
  if (removal) return `${removal[1]} using (select * ${from}) as given where ${numbered(removal[2] ?? '')}`
  throw new Error(`there is no such statement for PostgreSQL: ${sql}`)
}

const typeOf = (column: Column): string =>
  column instanceof Float64Array ? 'float8' : column.length > 0 && typeof column[0] === 'string' ? 'text' : 'bytea'

/** As on SQLite, NaN is stored as null. Text of a number keeps the sign of -0. */
const toArray = (column: Column): unknown[] =>
  column instanceof Float64Array
    ? Array.from(column, (value) => (Number.isNaN(value) ? null : Object.is(value, -0) ? '-0' : String(value)))
    : column.map((value) => (typeof value === 'string' ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)))
