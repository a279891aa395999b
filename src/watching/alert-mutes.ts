/** Mutes: for a while, the beginnings of some alerts are told to nobody. They end by themselves. */
import { recordAudit } from '../audit/record.ts'
import { invalid, notFound } from '../base/fault.ts'
import { newNameProblem, quote } from '../base/path.ts'
import { DAY, MINUTE, formatTimestamp, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { AlertMuteRow } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead, canWrite, requireRead } from '../tree/permissions.ts'
import { requireLive } from '../tree/tree-changes.ts'
import { isFolder, isWithin, pathOf, type Resource } from '../tree/tree.ts'
import type { AlertMuteInfo } from '../wire/alerts.ts'
import { requireAlertKeeper } from './alert-changes.ts'
import { namesOf } from './alert-history.ts'

const LEAST = MINUTE
const MOST = 90 * DAY
const MAX_REASON = 500
/** Of one resource, by the names of its rules. */
const MAX_MUTES = 100

export interface MuteWish {
  /** Only the rule of this name; undefined: all. */
  readonly name?: string | undefined
  readonly until: Micros
  readonly reason: string
}

export interface Mute extends AlertMuteRow {
  readonly resource: Resource
}

/**
 * The time by which mutes end: what is believed, or what the clock shows when that is later. After a server was off for long an hour passes
 * before its clock is believed; a mute that is over meanwhile must not hold an alarm back, and one that ends too early does less harm.
 */
export const muteTime = ({ believed, clock }: Pick<Context, 'believed' | 'clock'>): Micros => Math.max(believed.now(), clock.now())

/** Mutes that are in force. */
export async function readMutes(ctx: Context): Promise<Mute[]> {
  const rows = await ctx.db.selectFrom('alert_mutes').selectAll().where('until_timestamp', '>', muteTime(ctx)).execute()
  return rows.flatMap((row) => {
    const resource = ctx.tree.byId(row.resource_id)
    return resource ? [{ ...row, resource }] : []
  })
}

/** The mute of a rule that lasts longest: its own, or one of a folder above. */
export function muteOf(mutes: readonly Mute[], resource: Resource, name: string): Mute | undefined {
  let longest: Mute | undefined
  for (const mute of mutes) {
    if ((mute.name !== null && mute.name !== name) || !isWithin(resource, mute.resource)) continue
    if (!longest || mute.until_timestamp > longest.until_timestamp) longest = mute
  }
  return longest
}

/**
 * Mutes the alerts of a sequence or controller, or of all in a folder; takes the place of an earlier mute of the same.
 * @throws Fault forbidden; invalid for a time that is over or more than 90 days away; not_found when there is no rule of that name
 */
export async function muteAlerts(ctx: Context, actor: Actor, resource: Resource, wish: MuteWish): Promise<AlertMuteInfo> {
  requireAlertKeeper(ctx, actor, resource)
  if (!isFolder(resource) && !resource.sequence)
    throw invalid(`${pathOf(resource)} has no alerts to mute: name a sequence, a controller or a folder.`)
  const { name, until } = wish
  if (name !== undefined) requireRule(resource, name)
  const now = muteTime(ctx)
  if (until < now + LEAST || until > now + MOST)
    throw invalid(`A mute lasts a minute at least and 90 days at most; this one would end at ${formatTimestamp(until)}.`)
  const reason = wish.reason.toWellFormed().replace(/\s+/g, ' ').trim().slice(0, MAX_REASON)
  await transact(ctx, async (tx) => {
    requireLive(ctx, resource)
    await tx.deleteFrom('alert_mutes').where('until_timestamp', '<=', now).execute()
    const others = tx.selectFrom('alert_mutes').select(['id', 'name']).where('resource_id', '=', resource.id)
    const same = (await others.execute()).filter((row) => row.name === (name ?? null)).map(({ id }) => id)
    await tx
      .deleteFrom('alert_mutes')
      .where('id', 'in', [0, ...same])
      .execute()
    if ((await others.execute()).length >= MAX_MUTES)
      throw invalid(`${pathOf(resource)} has ${MAX_MUTES} mutes already: end one, or mute all of it.`)
    await tx
      .insertInto('alert_mutes')
      .values({
        resource_id: resource.id,
        name: name ?? null,
        creation_timestamp: now,
        until_timestamp: until,
        user_id: actor.kind === 'user' && actor.userId !== 0 ? actor.userId : null,
        reason,
      })
      .execute()
    const details = { alert: name, until: formatTimestamp(until), reason }
    await recordAudit(ctx, tx, actor, { kind: 'alert.muted', ...aboutOf(resource), details })
  })
  const made = (await listMutes(ctx, actor, resource)).find((mute) => mute.path === pathOf(resource) && mute.name === (name ?? null))
  if (!made) throw notFound(`The mute of ${pathOf(resource)} is gone already.`)
  return made
}

/** Ends a mute at once. @param name the rule's; undefined: all of the resource @throws Fault forbidden; not_found when there is none */
export async function unmuteAlerts(ctx: Context, actor: Actor, resource: Resource, name: string | undefined): Promise<void> {
  requireAlertKeeper(ctx, actor, resource)
  await transact(ctx, async (tx) => {
    let removal = tx.deleteFrom('alert_mutes').where('resource_id', '=', resource.id).where('until_timestamp', '>', muteTime(ctx))
    if (name !== undefined) removal = removal.where('name', '=', name)
    const { numDeletedRows } = await removal.executeTakeFirstOrThrow()
    if (Number(numDeletedRows) === 0) throw notFound(await describeUnmuted(ctx, resource, name))
    await recordAudit(ctx, tx, actor, { kind: 'alert.unmuted', ...aboutOf(resource), details: { alert: name } })
  })
}

async function describeUnmuted(ctx: Context, resource: Resource, name: string | undefined): Promise<string> {
  const what = name === undefined ? pathOf(resource) : `The alert ${quote(name)} of ${pathOf(resource)}`
  const above = muteOf(await readMutes(ctx), resource, name ?? '')
  return above && above.resource !== resource
    ? `${what} has no mute of its own: ${pathOf(above.resource)} above it is muted. End that one.`
    : `${what} is not muted.`
}

const aboutOf = (resource: Resource) => ({
  subject: { kind: 'resource' as const, id: resource.id, name: pathOf(resource) },
  organizationId: resource.organizationId,
})

/** @throws Fault invalid, not_found */
function requireRule(resource: Resource, name: string): void {
  if (resource.alerts?.some((rule) => rule.name === name) === true) return
  if (newNameProblem(name) !== undefined || isFolder(resource)) {
    // In a folder the rule may be one of any of its sequences.
    if (isFolder(resource) && name.length <= 60) return
    throw invalid(`${quote(name)} is no name of an alert.`)
  }
  throw notFound(`${pathOf(resource)} has no alert named ${quote(name)}.`)
}

/** Mutes in force that concern a resource, what is in it or what it is in; or all that the caller may see. @throws Fault forbidden */
export async function listMutes(ctx: Context, actor: Actor, place: Resource | undefined): Promise<AlertMuteInfo[]> {
  if (place) requireRead(ctx, actor, place)
  const mutes = (await readMutes(ctx)).filter(
    ({ resource }) => canRead(ctx, actor, resource) && (!place || isWithin(resource, place) || isWithin(place, resource)),
  )
  return describeMutes(ctx, actor, mutes)
}

/** As answers have them, in the same order. */
export async function describeMutes(ctx: Context, actor: Actor, mutes: readonly Mute[]): Promise<AlertMuteInfo[]> {
  const names = await namesOf(ctx, [...new Set(mutes.flatMap(({ user_id: id }) => (id === null ? [] : [id])))])
  return mutes.map((mute) => ({
    path: pathOf(mute.resource),
    name: mute.name,
    until_timestamp: formatTimestamp(mute.until_timestamp),
    creation_timestamp: formatTimestamp(mute.creation_timestamp),
    by: mute.user_id !== null && canWrite(ctx, actor, mute.resource) ? (names.get(mute.user_id) ?? null) : null,
    // It may stand on a folder that the caller may not read, above what they may.
    reason: canRead(ctx, actor, mute.resource) ? mute.reason : '',
  }))
}
