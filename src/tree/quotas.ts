/**
 * Quotas of organizations. What is used is counted once, when it is first asked for, and goes on by what is stored; it is counted again
 * before anything is refused, so that what was removed meanwhile counts.
 */
import { sql, type RawBuilder } from 'kysely'
import { QUOTA_KINDS, type QuotaKind } from '../attributes/quota.ts'
import type { Context } from '../context.ts'
import type { Db } from '../database/schema.ts'
import { Fault } from '../base/fault.ts'
import { SECOND, type Micros } from '../base/time.ts'
import { SEQUENCE } from '../wire/resource-types.ts'
import { pathOf } from './tree.ts'

/** Of a limit: from here on the admins are told. */
const NEARLY = 0.9
/** Callers who are refused again and again don't make the server count each time. */
const RECOUNT_AFTER: Micros = SECOND
/** Ids of resources that one statement names. */
const IDS_AT_ONCE = 500

interface Count {
  used: number
  counted: Micros
  isTold: boolean
}

/** What organizations with a quota use, in memory. */
export class QuotaCounts {
  readonly #counts = new Map<string, Count>()

  async find(key: string, now: Micros, count: () => Promise<number>, isFresh = false): Promise<Count> {
    const known = this.#counts.get(key)
    if (known && !(isFresh && now - known.counted >= RECOUNT_AFTER)) return known
    const found = { used: await count(), counted: now, isTold: known?.isTold ?? false }
    this.#counts.set(key, found)
    return found
  }

  /** What was taken may not be stored after all: it is counted again before anything is refused, however soon. */
  doubt(): void {
    for (const count of this.#counts.values()) count.counted = Number.NEGATIVE_INFINITY
  }

  /** Forgets everything, as another program may have changed the database. */
  clear(): void {
    this.#counts.clear()
  }
}

export interface QuotaUse {
  readonly used: number
  /** null: none. */
  readonly limit: number | null
}

/**
 * Takes some of an organization's quota, to be called in the transaction that stores it. What that transaction does not store after all is
 * noticed when it matters.
 * @param amount in bytes of files, or a number of sequences
 * @throws Fault too_large when there is not so much left, saying how much is used of how much and who can raise it
 */
export async function takeQuota(ctx: Context, db: Db, organizationId: number, kind: QuotaKind, amount: number): Promise<void> {
  const organization = ctx.tree.byId(organizationId)
  const limit = organization?.quota?.[kind]
  if (!organization || limit === undefined) return
  const find = (isFresh: boolean): Promise<Count> =>
    ctx.quotas.find(`${kind} ${organizationId}`, ctx.clock.monotonic(), () => countUse(db, organizationId, kind), isFresh)
  let count = await find(false)
  if (count.used + amount > limit) count = await find(true)
  if (count.used + amount > limit) throw quotaFault(pathOf(organization), kind, count.used, limit)
  count.used += amount
  const isNear = count.used >= limit * NEARLY
  if (isNear && !count.isTold) ctx.hub.notify('quotaNearlyUsed', { organizationId, kind, used: count.used, limit })
  count.isTold = isNear
}

/**
 * Takes what resources of another organization, which are about to become this one's, would use of its quota; to be called in the
 * transaction that moves them, before it does. Retained messages stay behind: their topics are of the old place.
 * @param ids of the resources, deleted ones among them
 * @throws Fault too_large as {@link takeQuota}
 */
export async function takeQuotaOf(ctx: Context, db: Db, organizationId: number, ids: readonly number[]): Promise<void> {
  if (ctx.tree.byId(organizationId)?.quota === undefined) return
  let [bytes, sequences] = [0, 0]
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const of = sql`(${sql.join(ids.slice(from, from + IDS_AT_ONCE))})`
    bytes += await first(bytesQuery(of), db)
    sequences += await first(sql`select count(*) as used from resources where id in ${of} and type = ${SEQUENCE} and deleted = 0`, db)
  }
  if (bytes > 0) await takeQuota(ctx, db, organizationId, 'file_bytes', bytes)
  if (sequences > 0) await takeQuota(ctx, db, organizationId, 'sequences', sequences)
}

/** For what is stored before its size is known. @throws Fault too_large when nothing is left of the quota */
export async function requireQuotaLeft(ctx: Context, organizationId: number, kind: QuotaKind): Promise<void> {
  const organization = ctx.tree.byId(organizationId)
  const limit = organization?.quota?.[kind]
  if (!organization || limit === undefined) return
  const now = ctx.clock.monotonic()
  for (const isFresh of [false, true]) {
    const { used } = await ctx.quotas.find(`${kind} ${organizationId}`, now, () => countUse(ctx.db, organizationId, kind), isFresh)
    if (used < limit) return
    if (isFresh) throw quotaFault(pathOf(organization), kind, used, limit)
  }
}

/** What is used now of each kind, counted, and its limit. */
export async function readQuotaUse(ctx: Context, organizationId: number): Promise<Readonly<Record<QuotaKind, QuotaUse>>> {
  const quota = ctx.tree.byId(organizationId)?.quota
  const entries: [QuotaKind, QuotaUse][] = []
  for (const kind of QUOTA_KINDS) entries.push([kind, { used: await countUse(ctx.db, organizationId, kind), limit: quota?.[kind] ?? null }])
  return Object.fromEntries(entries) as Record<QuotaKind, QuotaUse>
}

const NAMES: Readonly<Record<QuotaKind, string>> = {
  file_bytes: 'bytes of files and images',
  sequences: 'sequences',
  retained_messages: 'retained messages',
}

/** `uses 950 of 1,000 sequences` */
export const describeQuotaUse = (kind: QuotaKind, used: number, limit: number): string =>
  `uses ${used.toLocaleString('en')} of ${limit.toLocaleString('en')} ${NAMES[kind]}`

export const quotaFault = (path: string, kind: QuotaKind, used: number, limit: number): Fault =>
  new Fault(
    'too_large',
    `${path} ${describeQuotaUse(kind, used, limit)}, its quota: nothing more is stored. Remove some for good (purge), or ask an admin of ` +
      'the server to raise the quota.',
  )

async function countUse(db: Db, organizationId: number, kind: QuotaKind): Promise<number> {
  const of = sql`(select id from resources where organization_id = ${organizationId})`
  const queries = {
    file_bytes: bytesQuery(of),
    sequences: sql`select count(*) as used from resources
      where organization_id = ${organizationId} and type = ${SEQUENCE} and deleted = 0`,
    retained_messages: sql`select count(*) as used from mqtt_retained where resource_id in ${of}`,
  }
  return first(queries[kind], db)
}

const bytesQuery = (resources: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`select sum(size) as used from resource_revisions where resource_id in ${resources}`

async function first(query: RawBuilder<unknown>, db: Db): Promise<number> {
  const { rows } = await query.execute(db)
  return Number((rows[0] as { used: number | null } | undefined)?.used ?? 0)
}
