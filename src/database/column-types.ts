/** Kinds of columns. */
import type { ColumnType } from 'kysely'

export type Flag = 0 | 1
/** JSON that is changed in parts, inside a transaction: with `changeJson` of json-columns.ts, and by no other update. */
export type JsonText = ColumnType<string, string, never>
