/** Who opens a secret link, and what they may read by it. */
import type { Context } from '../context.ts'
import { Fault, notFound } from '../base/fault.ts'
import { saltedHash } from '../base/secrets.ts'
import { MINUTE, type Micros } from '../base/time.ts'
import type { Actor, LinkGrant, UserActor } from '../tree/actor.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { readReach, type LinkRow } from './link-records.ts'

/** Links that one browser has open at a time. */
export const MOST_LINKS = 5
const SECRET = /^[\w-]{43}$/

const guesses = { what: 'secret links from your address that do not exist', limit: 30, window: 5 * MINUTE }

/** What somebody sees who opens a link. */
export interface OpenedLink {
  readonly place: Resource
  readonly query: string
  readonly expires: Micros
}

/**
 * Opens a link: it is counted, and told in the audit trail.
 * @throws Fault not_found when it shows nothing: unknown, expired, withdrawn, or its maker may not give it any more; throttled
 */
export async function openLink(ctx: Context, secret: string, address: string): Promise<OpenedLink> {
  ctx.throttles.check(guesses, address)
  const row = SECRET.test(secret) ? await findRow(ctx, secret) : undefined
  if (!row) {
    ctx.throttles.count(guesses, address)
    throw noLink()
  }
  const grant = await grantOf(ctx, row)
  const place = ctx.tree.byId(row.resource_id)
  if (!grant || !place || !canRead(ctx, { kind: 'anonymous', links: [grant] }, place)) throw noLink()
  ctx.linkUses.note(row.id, ctx.believed.now(), true)
  const subject = { kind: 'link', id: row.id, name: pathOf(place) } as const
  ctx.audit.gather({ kind: 'anonymous', address }, { kind: 'link.opened', organizationId: row.organization_id, subject })
  return { place, query: row.query, expires: row.expiration_timestamp }
}

const noLink = (): Fault =>
  notFound('This link shows nothing: it was withdrawn, it has expired, or its address is not complete. Ask whoever gave it to you.')

/**
 * Who somebody is who brings the secrets of links that they opened. Those that show nothing any more count as none.
 * @returns undefined: they are anybody
 */
export async function authenticateLinks(ctx: Context, secrets: readonly string[], address: string): Promise<Actor | undefined> {
  const links: LinkGrant[] = []
  for (const secret of secrets.filter((one) => SECRET.test(one)).slice(0, MOST_LINKS)) {
    try {
      ctx.throttles.check(guesses, address)
    } catch (error) {
      if (error instanceof Fault) break
      throw error
    }
    const row = await findRow(ctx, secret)
    if (!row) ctx.throttles.count(guesses, address)
    const grant = row && (await grantOf(ctx, row))
    if (!grant) continue
    ctx.linkUses.note(grant.linkId, ctx.believed.now(), false)
    links.push(grant)
  }
  return links.length === 0 ? undefined : { kind: 'anonymous', links }
}

/** The links of an actor that have ended by themselves. */
export const hasExpired = (ctx: Pick<Context, 'believed'>, actor: Actor): boolean =>
  actor.kind === 'anonymous' && actor.links?.some(({ expires }) => expires <= ctx.believed.now()) === true

const findRow = ({ db, settings }: Context, secret: string): Promise<LinkRow | undefined> =>
  db.selectFrom('links').selectAll().where('secret_hash', '=', saltedHash(secret, settings.SALT)).executeTakeFirst()

/** What a link shows as of now; undefined: nothing any more. What changes in the tree later counts as well. */
export async function grantOf(ctx: Context, row: LinkRow): Promise<LinkGrant | undefined> {
  if (ctx.settings.LINK_MAX_DAYS === 0 || row.revocation_timestamp !== null || row.expiration_timestamp <= ctx.believed.now())
    return undefined
  const maker = await makerOf(ctx, row)
  return (
    maker && {
      linkId: row.id,
      organizationId: row.organization_id,
      placeId: row.resource_id,
      ...readReach(row),
      maker,
      expires: row.expiration_timestamp,
    }
  )
}

async function makerOf(
  { db }: Context,
  { user_id: userId, confined, organization_id: organizationId }: LinkRow,
): Promise<UserActor | undefined> {
  const user = await db.selectFrom('users').select('role').where('id', '=', userId).where('deleted', '=', 0).executeTakeFirst()
  if (!user) return undefined
  if (confined === 1) return { kind: 'user', userId, isSystemAdmin: false, onlyOrganizationId: organizationId }
  return { kind: 'user', userId, isSystemAdmin: user.role === SYSTEM_ADMIN }
}
