/** Writes rows of the store of values to PostgreSQL, one transaction after the other. */
import type { RowWriter } from '../sqlite/writer-client.ts'
import type { RowsStep } from '../sqlite/writer-protocol.ts'
import type { PostgresDatabase } from './open-postgres.ts'
import { toStatement } from './row-steps.ts'

export interface PostgresRowsOptions {
  readonly database: Pick<PostgresDatabase, 'own' | 'requireWritable'>
  /** Called after each commit, before its caller hears of it. @param records ids that the journal gave to new records */
  readonly onCommit: (steps: readonly RowsStep[], records: readonly number[]) => void
}

/**
 * Each commit waits until it is durable, as far as the setting DURABILITY says. What is derived from other data does so too: a PostgreSQL
 * server that came back from a crash would know less than this process, which goes on.
 */
export class PostgresRows implements RowWriter {
  readonly #options: PostgresRowsOptions
  #tail: Promise<unknown> = Promise.resolve()

  constructor(options: PostgresRowsOptions) {
    this.#options = options
  }

  rows(steps: RowsStep[]): ReturnType<RowWriter['rows']> {
    const result = this.#tail.then(() => this.#write(steps))
    this.#tail = result.catch(() => {})
    return result
  }

  /** Resolves when all that was written before shows. */
  settled(): Promise<unknown> {
    return this.#tail
  }

  async #write(steps: RowsStep[]): Promise<Awaited<ReturnType<RowWriter['rows']>>> {
    const { database, onCommit } = this.#options
    database.requireWritable()
    const start = performance.now()
    const results = await database.own.run(steps.filter(({ columns }) => (columns[0]?.length ?? 0) > 0).map(toStatement))
    const records = results.flatMap(({ command, rows }) => (command === 'INSERT' ? rows.map(({ id }) => Number(id)) : []))
    onCommit(steps, records)
    return { id: 0, kind: 'rows', commitMs: performance.now() - start, lastId: records.at(-1) ?? 0 }
  }
}
