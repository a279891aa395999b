/**
 * Records that come often, or of things that changed nothing: refusals, wrong passwords, exports. The same by the same caller is one record
 * with a count, so a flood is a few rows, and no request waits for them.
 */
import type { Tables } from '../database/engine.ts'
import type { Tx } from '../database/schema.ts'
import { subscriberNetwork } from '../base/networks.ts'
import { DAY, HOUR, MINUTE, type Micros } from '../base/time.ts'
import { rowOf, type AuditEntry, type Doer } from './record.ts'

/** After so long without another one, the next is a record of its own; and no record spans longer than the second. */
const SPANS = { refusal: [10 * MINUTE, HOUR], session: [10 * MINUTE, HOUR], export: [DAY, DAY], link: [HOUR, DAY] } as const
/** Records that are open at once. Beyond it, what one caller does is gathered by its kind alone; beyond twice that, whoever it was. */
const MAX_OPEN = 300

interface Open {
  readonly doer: Doer
  readonly entry: AuditEntry
  readonly first: Micros
  last: Micros
  count: number
  /** What is in the row: 0 until it is written. */
  written: number
  /** What the log in text was told. */
  told: number
  id: number | undefined
}

export class Gathering {
  readonly #tables: Tables
  readonly #clock: { now(): Micros }
  readonly #open = new Map<string, Open>()
  #flushing: Promise<void> | undefined

  /** @param clock of believed time, as that of all records */
  constructor(tables: Tables, clock: { now(): Micros }) {
    this.#tables = tables
    this.#clock = clock
  }

  /** Counts it; {@link flush} writes it. */
  gather(doer: Doer, entry: AuditEntry): void {
    const now = this.#clock.now()
    const wide: AuditEntry = { kind: entry.kind, organizationId: entry.organizationId, subject: { kind: entry.subject.kind, name: 'many' } }
    if (this.#count([doer, entry], now, MAX_OPEN) || this.#count([doer, wide], now, 2 * MAX_OPEN)) return
    this.#count([{ kind: 'anonymous' }, { ...wide, organizationId: undefined }], now, Infinity)
  }

  /** @returns false: there is no such record, and no room for another one */
  #count([doer, entry]: [Doer, AuditEntry], now: Micros, room: number): boolean {
    const key = keyOf(doer, entry)
    const known = this.#open.get(key)
    if (known && isOpen(known, now)) {
      known.count++
      known.last = now
      return true
    }
    if (this.#open.size >= room) return false
    // One that is over, but not written yet, goes on under another name until the next flush.
    if (known) this.#open.set(`${key}\n${known.first}`, known)
    this.#open.set(key, { doer, entry, first: now, last: now, count: 1, written: 0, told: 0, id: undefined })
    return true
  }

  /** Writes what is new, in one transaction. */
  flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => (this.#flushing = undefined))
    return this.#flushing
  }

  async #write(): Promise<void> {
    const now = this.#clock.now()
    const changed = [...this.#open.values()].filter((one) => one.count > one.written || (!isOpen(one, now) && one.count > one.told))
    if (changed.length > 0) {
      const written = await this.#tables.transact(async (tx) => {
        const rows: { one: Open; id: number; count: number; told: number }[] = []
        for (const one of changed) rows.push({ one, count: one.count, ...(await writeOne(tx, one, !isOpen(one, now))) })
        return rows
      })
      for (const { one, id, count, told } of written) {
        one.id = id
        one.written = count
        one.told = told
      }
    }
    for (const [key, one] of this.#open) if (!isOpen(one, now) && one.written === one.count) this.#open.delete(key)
  }
}

/** The log in text is told when it begins and, if it went on, when it is over. */
async function writeOne(tx: Tx, one: Open, isOver: boolean): Promise<{ id: number; told: number }> {
  const { count, last } = one
  if (one.id === undefined) {
    const row = { ...rowOf(one.first, one.doer, one.entry), last_timestamp: last, count }
    const { id } = await tx.insertInto('audit_records').values(row).returning('id').executeTakeFirstOrThrow()
    return { id, told: count }
  }
  const again = isOver && count > one.told
  await tx
    .updateTable('audit_records')
    .set({ last_timestamp: last, count, ...(again ? { told: 0 as const } : {}) })
    .where('id', '=', one.id)
    .execute()
  return { id: one.id, told: again ? count : one.told }
}

function isOpen({ first, last, entry: { kind } }: Open, now: Micros): boolean {
  const group = kind.slice(0, kind.indexOf('.'))
  const [quiet, longest] = group === 'export' || group === 'session' || group === 'link' ? SPANS[group] : SPANS.refusal
  return now - last < quiet && now - first < longest && now >= first
}

/** Refusals are gathered by caller and kind, whatever they were for; anything else by what it was done to, too. */
function keyOf(doer: Doer, { kind, subject, organizationId }: AuditEntry): string {
  const who = doer.kind === 'user' ? `u${doer.userId}` : doer.kind === 'controller' ? `c${doer.controllerId}` : '-'
  const what = kind.startsWith('refusal.') ? '' : `${subject.kind} ${subject.id ?? ''} ${subject.name ?? ''}`
  return [kind, who, subscriberNetwork(doer.address ?? ''), organizationId ?? '', what].join('\n')
}
