/** Several pieces of work in one transaction, whose statements need not wait for each other. */
import { DummyDriver, SqliteQueryCompiler, Transaction, type Dialect } from 'kysely'
import type { Schema, Tx } from './schema.ts'

/**
 * Runs pieces of work side by side in a transaction; each has its statements done in order, and those that several have at the same time
 * go to the database together. For pieces of which none reads what another writes.
 * @returns what they return, in their order, when all have ended @throws what the first that failed threw
 */
export async function sideBySide<T>(tx: Tx, works: readonly ((tx: Tx) => Promise<T>)[]): Promise<T[]> {
  const executor = tx.getExecutor()
  return executor.provideConnection(async (connection) => {
    // A transaction of Kysely lets one statement wait for the one before; the connection keeps their order by itself.
    const dialect: Dialect = {
      createAdapter: () => executor.adapter,
      createDriver: () => new DummyDriver(),
      createIntrospector: () => tx.introspection,
      createQueryCompiler: () => new SqliteQueryCompiler(),
    }
    const shared = new Transaction<Schema>({
      config: { dialect },
      dialect,
      driver: new DummyDriver(),
      executor: executor.withConnectionProvider({ provideConnection: (consumer) => consumer(connection) }),
    })
    // None may go on after the transaction's end.
    const settled = await Promise.allSettled(works.map((work) => work(shared)))
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
  })
}
