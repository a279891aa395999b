/** Secret links: read only, for people without an account, until they expire or are withdrawn. */
import { recordAudit } from '../audit/record.ts'
import { conflict, forbidden, invalid, notFound, type Fault } from '../base/fault.ts'
import { makeToken, saltedHash } from '../base/secrets.ts'
import { DAY, formatTimestamp, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { transact } from '../database/transact.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead, canWrite, isOrganizationAdmin, requireWrite } from '../tree/permissions.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import { isWithin, pathOf, type Resource } from '../tree/tree.ts'
import type { LinkInfo } from '../wire/answers.ts'
import { SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { grantOf } from './link-opening.ts'
import { readReach, writeReach, type LinkRow } from './link-records.ts'

/** How long a link is valid unless its maker says otherwise. */
export const DEFAULT_LINK_DAYS = 30
/** Links to one resource that work at the same time. */
const MOST_OF_RESOURCE = 100
const MAX_NOTE = 200
const MAX_QUERY = 2_000
/** What a chart or a dashboard may show beside itself. */
const MOST_SHOWN = 2_000

export interface NewLink {
  /** What it is for. */
  readonly note?: string | undefined
  /** Of the page that it opens: the state of a chart. A question mark before it may stay. */
  readonly query?: string | undefined
  /** undefined: in {@link DEFAULT_LINK_DAYS}, or as long as LINK_MAX_DAYS allows. */
  readonly expires?: Micros | undefined
  /** What the page behind it shows beside its own resource, as far as the maker may read it: each with all below it. */
  readonly also?: readonly Resource[]
  /** The same, without what is below. */
  readonly alone?: readonly Resource[]
}

export interface MadeLink {
  readonly id: number
  /** Shown this once. */
  readonly secret: string
  readonly expires: string
}

/**
 * Makes a link to a resource; for users who may change it. It shows the resource, all below it, and what the page behind it shows at this
 * moment. Of a dashboard `shareResource` of the room dashboards knows what that is.
 * @returns the secret, which is shown only this once
 * @throws Fault forbidden; invalid; conflict when there are too many
 */
export async function createLink(ctx: Context, actor: Actor, place: Resource, options: NewLink = {}): Promise<MadeLink> {
  if (actor.kind !== 'user') throw forbidden('Only users make secret links. Sign in, or send the key of a user.')
  requireWrite(ctx, actor, place)
  requireLinksAllowed(ctx, place)
  const note = (options.note ?? '').trim()
  if (note.length > MAX_NOTE) throw invalid(`note is longer than ${MAX_NOTE} characters.`)
  const query = requireQuery(options.query ?? '')
  const expires = requireExpiry(ctx, options.expires)
  await requireRecentProof(ctx, actor)
  // It is settled now: whoever may change a dashboard later must not make a link show what its maker never gave.
  const idsOf = (some: readonly Resource[] = []): number[] =>
    some.filter((one) => one.organizationId === place.organizationId && canRead(ctx, actor, one)).map(({ id }) => id)
  const reach = writeReach({
    reach: [...new Set([place.id, ...idsOf([...comparedWith(ctx, query), ...(options.also ?? [])])])].slice(0, MOST_SHOWN),
    alone: idsOf(options.alone).slice(0, MOST_SHOWN),
  })
  const secret = makeToken()
  const now = ctx.believed.now()
  const id = await transact(ctx, async (tx) => {
    const { count } = await tx
      .selectFrom('links')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('resource_id', '=', place.id)
      .where('revocation_timestamp', 'is', null)
      .where('expiration_timestamp', '>', now)
      .executeTakeFirstOrThrow()
    if (count >= MOST_OF_RESOURCE)
      throw conflict(`${pathOf(place)} has ${MOST_OF_RESOURCE} secret links that work, the most it can have. Withdraw some first.`)
    const row = await tx
      .insertInto('links')
      .values({
        resource_id: place.id,
        organization_id: place.organizationId,
        user_id: actor.userId,
        confined: actor.onlyOrganizationId === undefined ? 0 : 1,
        reach,
        query,
        note,
        secret_hash: saltedHash(secret, ctx.settings.SALT),
        creation_timestamp: now,
        expiration_timestamp: expires,
        revocation_timestamp: null,
        revocation_user_id: null,
        last_use_timestamp: null,
        uses: 0,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordAudit(ctx, tx, actor, {
      kind: 'link.made',
      organizationId: place.organizationId,
      subject: { kind: 'link', id: row.id, name: pathOf(place) },
      details: { note, expires: formatTimestamp(expires) },
    })
    return row.id
  })
  return { id, secret, expires: formatTimestamp(expires) }
}

/** What a chart compares with, as its address names it. */
const comparedWith = (ctx: Context, query: string): Resource[] =>
  new URLSearchParams(query).getAll('with').flatMap((path) => (path.startsWith('/') ? (ctx.tree.find(path, 'query') ?? []) : []))

/** @throws Fault forbidden */
function requireLinksAllowed(ctx: Context, place: Resource): void {
  if (ctx.settings.LINK_MAX_DAYS === 0) throw forbidden('This server has no secret links (LINK_MAX_DAYS is 0).')
  const organization = ctx.tree.byId(place.organizationId)
  if (organization?.name === SYSTEM_FOLDER) throw forbidden('What the server itself keeps is not shown by secret links.')
  if (organization?.forbidsLinks !== false)
    throw forbidden(`An admin of /${organization?.name ?? ''} has turned secret links off: its page Members turns them on.`)
}

function requireQuery(given: string): string {
  const query = given.replace(/^\?/, '')
  if (query.length > MAX_QUERY || /[^\x21-\x7e]/.test(query))
    throw invalid(`query must be the part of an address after its question mark, of up to ${MAX_QUERY} characters.`)
  if (new URLSearchParams(query).has('view')) throw invalid('query: a secret link shows the page itself, and no view of it.')
  return query
}

function requireExpiry({ believed, settings }: Context, given: Micros | undefined): Micros {
  const [now, most] = [believed.now(), settings.LINK_MAX_DAYS]
  if (given === undefined) return now + Math.min(DEFAULT_LINK_DAYS, most) * DAY
  if (given <= now) throw invalid(`The link would expire at ${formatTimestamp(given)}, which is over.`)
  if (given > now + most * DAY) throw invalid(`A secret link is valid for ${most} days at most (LINK_MAX_DAYS).`)
  return given
}

/**
 * Links of a resource and of all below it that the caller may change; without a place those that they made themself. The newest first.
 * @throws Fault forbidden
 */
export async function listLinks(ctx: Context, actor: Actor, place: Resource | undefined): Promise<LinkInfo[]> {
  if (actor.kind !== 'user') throw forbidden('Only users see secret links. Sign in, or send the key of a user.')
  if (place && !isOrganizationAdmin(ctx, actor, place.organizationId)) requireWrite(ctx, actor, place)
  let query = ctx.db.selectFrom('links').selectAll().orderBy('id', 'desc')
  query = place ? query.where('organization_id', '=', place.organizationId) : query.where('user_id', '=', actor.userId)
  const infos: LinkInfo[] = []
  for (const row of await query.execute()) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const resource = ctx.tree.byId(row.resource_id)
    if (!resource || (place && !isWithin(resource, place)) || !mayWithdraw(ctx, actor, row, resource)) continue
    infos.push(await describeLink(ctx, row, resource))
  }
  return infos
}

/** Whoever may change what the link shows, its maker, and admins. */
const mayWithdraw = (ctx: Context, actor: Actor, row: LinkRow, resource: Resource | undefined): boolean =>
  (actor.kind === 'user' && actor.userId === row.user_id && actor.onlyOrganizationId === undefined) ||
  isOrganizationAdmin(ctx, actor, row.organization_id) ||
  (resource !== undefined && canWrite(ctx, actor, resource))

async function describeLink(ctx: Context, row: LinkRow, place: Resource): Promise<LinkInfo> {
  const maker = await ctx.db
    .selectFrom('users')
    .select(['full_name', 'user_name', 'email_address'])
    .where('id', '=', row.user_id)
    .executeTakeFirst()
  const use = ctx.linkUses.of(row.id)
  const last = use?.last ?? row.last_use_timestamp
  const { reach } = readReach(row)
  return {
    id: row.id,
    path: pathOf(place),
    note: row.note,
    query: row.query,
    also: reach.flatMap((id) => {
      const found = id === place.id ? undefined : ctx.tree.byId(id)
      return found ? [pathOf(found)] : []
    }),
    by: maker?.full_name || maker?.user_name || maker?.email_address || 'somebody who is gone',
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    expiration_timestamp: formatTimestamp(row.expiration_timestamp),
    state: await stateOf(ctx, row, place),
    last_use_timestamp: last === null ? null : formatTimestamp(last),
    uses: row.uses + (use?.opened ?? 0),
  }
}

async function stateOf(ctx: Context, row: LinkRow, place: Resource): Promise<LinkInfo['state']> {
  if (row.revocation_timestamp !== null) return 'revoked'
  if (row.expiration_timestamp <= ctx.believed.now()) return 'expired'
  if (ctx.settings.LINK_MAX_DAYS === 0 || ctx.tree.byId(row.organization_id)?.forbidsLinks !== false) return 'off'
  const grant = await grantOf(ctx, row)
  return grant && canRead(ctx, { kind: 'anonymous', links: [grant] }, place) ? 'works' : 'stopped'
}

/**
 * Withdraws a link at once, also where it is open; for its maker, for whoever may change what it shows, and for admins.
 * @throws Fault not_found, also for links that the actor may not know of
 */
export async function revokeLink(ctx: Context, actor: Actor, id: number): Promise<void> {
  const row = await ctx.db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row || !mayWithdraw(ctx, actor, row, ctx.tree.byId(row.resource_id)) || actor.kind !== 'user') throw missingLink(id)
  await transact(ctx, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('links')
      .set({ revocation_timestamp: ctx.believed.now(), revocation_user_id: actor.userId })
      .where('id', '=', id)
      .where('revocation_timestamp', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return
    const place = ctx.tree.byId(row.resource_id)
    await recordAudit(ctx, tx, actor, {
      kind: 'link.revoked',
      organizationId: row.organization_id,
      subject: { kind: 'link', id, name: place ? pathOf(place) : '' },
    })
  })
  ctx.hub.notify('linkRevoked', { linkId: id })
}

const missingLink = (id: number): Fault => notFound(`There is no secret link ${id} that you may withdraw.`)
