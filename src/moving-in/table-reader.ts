/** Reads tables of the original whose rows belong to users and resources, and counts them. */
import type { Micros } from '../base/time.ts'
import type { Findings } from './findings.ts'
import { optionalTime, requiredTime } from './times.ts'
import type { ResourcePlan } from './plan-resources.ts'
import { integer, isSet, shownIn, type Row, type ServerDatabase, type TableName } from './source.ts'

export class TableReader {
  readonly findings: Findings
  readonly now: Micros
  readonly resources: ResourcePlan['byId']
  /** Ids of the users that come along. */
  readonly users = new Set<number>()
  /** Rows of each table in the source. */
  readonly there = new Map<TableName, number>()
  readonly #source: ServerDatabase

  constructor(source: ServerDatabase, { byId }: Pick<ResourcePlan, 'byId'>, findings: Findings, now: Micros) {
    this.#source = source
    this.resources = byId
    this.findings = findings
    this.now = now
  }

  /** Plans each row of a table; those without a plan are left out, and `of` tells why. */
  async plan<T extends object>(table: TableName, of: (row: Row) => T | undefined): Promise<T[]> {
    const planned: T[] = []
    let there = 0
    for await (const batch of this.#source.rows(table))
      for (const row of batch) {
        there++
        const one = of(row)
        if (one) planned.push(one)
      }
    this.there.set(table, there)
    return planned
  }

  /** The id of a user, if they come along. */
  user(row: Row, column: string): number | undefined {
    const id = integer(row, column)
    return id !== undefined && this.users.has(id) ? id : undefined
  }
  /** The id of a resource, if it comes along. */
  resource(row: Row, column: string): number | undefined {
    const id = integer(row, column)
    return id !== undefined && this.resources.has(id) ? id : undefined
  }
  /** @param what the row is: "key"; one whose time of creation can't be read is told */
  created(what: string, row: Row, column = 'creation_timestamp'): Micros {
    return requiredTime(row, column, this.#import, this.findings, this.#subject(what, row))
  }
  /** A time after which something is over: one that can't be read has been, and is told. */
  ended(what: string, row: Row, column: string): Micros | null {
    return optionalTime(row, column, this.#import, this.findings, this.#subject(what, row))
  }
  seen(what: string, row: Row, column: string): Micros | null {
    return optionalTime(row, column, undefined, this.findings, this.#subject(what, row))
  }

  get #import(): { time: Micros; words: string } {
    return { time: this.now, words: 'that of this import' }
  }

  #subject = (what: string, row: Row): string => `${what} ${isSet(row, 'id') ? shownIn(row, 'id').slice(1, -1) : '?'}`

  /** @param what the row is: "key" */
  leave(what: string, row: Row, problem: string): undefined {
    this.findings.leave(this.#subject(what, row), problem)
  }
}
