/** Ids that are known before their rows are written: what refers to a row then need not wait for it. */
import type { Tx } from './schema.ts'

/** How many, or which, of each table. */
export interface OfEach<T> {
  readonly resources: T
  readonly revisions: T
}

/**
 * Takes ids for rows that the same transaction is going to insert, with these ids; all other rows that it inserts before are counted.
 * @returns so many different ones of each table, ascending
 */
export type TakeIds = (tx: Tx, counts: OfEach<number>) => Promise<OfEach<number[]>>
