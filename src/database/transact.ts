/** The only way to a transaction: what must happen when transactions of several callers clash is decided here, once. */
import type { Db, Tx } from './schema.ts'

/**
 * Runs `work` in a transaction and commits it; when `work` throws, nothing of it is written.
 *
 * `work` may be run again from its start, in a new transaction, after one that clashed with another was rolled back. So it
 * changes nothing but the database: what it has for memory, the log or other listeners it returns, for the caller to do
 * after the commit.
 */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** {@link Transact} of the engine that `ctx` works on. Inside `work` use `tx` alone: `ctx.db` would wait for this transaction. */
export function transact<T>(ctx: { readonly engine: { readonly transact: Transact } }, work: (tx: Tx) => Promise<T>): Promise<T> {
  return ctx.engine.transact(work)
}

/** For an engine that runs one transaction at a time, in which none can clash. */
export const makeSerialTransact =
  (database: Db): Transact =>
  (work) =>
    database.transaction().execute(work)
