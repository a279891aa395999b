/**
 * A new server's first steps in a browser: a link, shown only to the person who started the server, creates the first admin and their
 * organization. It works once, for a day, and while there are no users. Only the hash of its token is kept, in memory.
 */
import { createAdmin, hasUsers } from './first-admin.ts'
import type { Context } from '../context.ts'
import { conflict, invalid, notFound } from '../base/fault.ts'
import { folderNameOf } from '../base/folder-name.ts'
import { requireOrganizationName } from '../resources/organizations.ts'
import { equalSecrets, makeToken, sha256Hex } from '../base/secrets.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { DAY, MINUTE, type Micros } from '../base/time.ts'

export const FIRST_RUN_VALIDITY = DAY

const wrongLinks: ThrottleRule = { what: 'wrong links for the first run from your address', limit: 30, window: 15 * MINUTE }

/** The link that is valid now. */
export class FirstRunLink {
  #hash: string | undefined
  /** By the monotonic clock: setting the other must not end it. */
  #expiry: Micros = 0

  /** Makes a new link, which voids the previous one. @param now by the monotonic clock @returns its token */
  renew(now: Micros): string {
    const token = makeToken()
    this.#hash = sha256Hex(token)
    this.#expiry = now + FIRST_RUN_VALIDITY
    return token
  }
  fits(token: string, now: Micros): boolean {
    return this.#hash !== undefined && now < this.#expiry && equalSecrets(sha256Hex(token), this.#hash)
  }
  close(): void {
    this.#hash = undefined
  }
}

/** Path of a new link's page; undefined when there are users. An earlier link becomes void. */
export async function offerFirstRun(ctx: Context): Promise<string | undefined> {
  return (await hasUsers(ctx)) ? undefined : `/-/first-run/${ctx.firstRun.renew(ctx.clock.monotonic())}`
}

/** @throws Fault not_found when the link is wrong, used or expired; conflict when there is a user already; throttled */
export async function requireFirstRun(ctx: Context, token: string, address: string): Promise<void> {
  ctx.throttles.check(wrongLinks, address)
  if (await hasUsers(ctx)) throw conflict('This server has its first admin already. Sign in, or ask them to invite you.')
  if (ctx.firstRun.fits(token, ctx.clock.monotonic())) return
  ctx.throttles.count(wrongLinks, address)
  throw notFound('This link is wrong, was used, or is older than a day. Start the server again: it prints a new one.')
}

export interface FirstRun {
  readonly token: string
  readonly emailAddress: string
  readonly password: string
  readonly fullName: string
  readonly organizationName: string
  /** Name of the organization's folder; '' derives it from the organization's name. */
  readonly folderName: string
  /** The requester's network address. */
  readonly address: string
}

/**
 * Creates the first admin and their organization, for the holder of the link: all or nothing, and only once, even if others try at the same
 * moment.
 * @returns the organization's id
 * @throws Fault like {@link requireFirstRun}; invalid, conflict
 */
export async function beginFirstRun(ctx: Context, { token, address, organizationName, folderName, ...user }: FirstRun): Promise<number> {
  await requireFirstRun(ctx, token, address)
  requireOrganizationName(organizationName, 'organization_name')
  const folder = folderName === '' ? folderNameOf(organizationName) : folderName
  if (folder === '') throw invalid('folder_name is missing: none can be made of that name of the organization.')
  const { organizationId } = await createAdmin(ctx, { ...user, organization: folder, organizationName, mustBeFirst: true })
  ctx.firstRun.close()
  ctx.log.info({ address }, 'the first admin was made')
  return organizationId
}
