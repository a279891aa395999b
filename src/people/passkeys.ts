/**
 * Passkeys (WebAuthn): keys that a device or a password manager holds and uses only after it has checked who is there. So one signs in
 * without a password, stands in for a second factor, and proves who somebody is.
 *
 * A challenge is signed instead of kept, so strangers can fill nothing; it counts once, as it has to be younger than the last use of its
 * passkey.
 */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { Fault, invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { equalSecrets, makeToken, sign } from '../base/secrets.ts'
import { MINUTE } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { FactorRow } from '../database/schema.ts'
import type { Actor } from '../tree/actor.ts'
import { requireRecentProof } from '../tree/recent-proof.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { requireParty, type RelyingParty } from './relying-party.ts'
import { insertFactor, requireFactorName, requirePerson } from './second-factors.ts'

const VALIDITY = 5 * MINUTE
const COSTS: ThrottleRule = { what: 'passkeys from your address that were refused', limit: 30, window: 15 * MINUTE }

/** What a browser made of an offer: the JSON of its credential. */
export type PasskeyResponse = Readonly<Record<string, unknown>>

/** Options for `navigator.credentials`, in JSON as the standard writes them. */
export type PasskeyOffer = object

/**
 * What a browser needs to make a passkey for the caller.
 * @param origin of the page that asks
 * @throws Fault forbidden; conflict when no passkey works at this address
 */
export async function offerNewPasskey(ctx: Context, actor: Actor, origin: string): Promise<PasskeyOffer> {
  const { userId } = requirePerson(actor)
  const party = requireParty(ctx, origin)
  const user = await ctx.db.selectFrom('users').select(['email_address', 'full_name']).where('id', '=', userId).executeTakeFirstOrThrow()
  const known = await passkeysOf(ctx, userId)
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  return generateRegistrationOptions({
    rpName: ctx.settings.SYSTEM_NAME,
    rpID: party.id,
    userName: user.email_address,
    userDisplayName: user.full_name || user.email_address,
    // No device learns from it who somebody is.
    userID: new TextEncoder().encode(sign(`passkeys of user ${userId}`, ctx.settings.SECRET_KEY).slice(0, 32)),
    challenge: asBytes(makeChallenge(ctx, 'add', userId)),
    excludeCredentials: known.map(({ credential_id: id }) => ({ id: id ?? '' })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    attestationType: 'none',
  })
}

/**
 * Adds the passkey that a browser made of an offer.
 * @returns recovery codes, shown this once, with the first second factor; none otherwise
 * @throws Fault forbidden, also without a recent proof of who they are; invalid; conflict
 */
export async function addPasskey(
  ctx: Context,
  actor: Actor,
  { response, name, origin }: { response: PasskeyResponse; name: string; origin: string },
): Promise<string[]> {
  const person = requirePerson(actor)
  await requireRecentProof(ctx, actor)
  requireFactorName(name)
  const party = requireParty(ctx, origin)
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const verified = await orUndefined(() =>
    verifyRegistrationResponse({
      response: readRegistration(response),
      expectedChallenge: (challenge) => issuedAt(ctx, challenge, 'add', person.userId) !== undefined,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
    }),
  )
  if (verified?.verified !== true) throw invalid('That is no passkey for this page and this minute. Try to add it again.')
  const { id, publicKey, counter, transports = [] } = verified.registrationInfo.credential
  return insertFactor(ctx, actor, person, {
    kind: 'passkey',
    name,
    credential_id: id,
    public_key: publicKey,
    counter,
    transports: JSON.stringify(transports),
  })
}

/** What a browser needs to use a passkey of this server, whoever's it is. @throws Fault conflict when none works at this address */
export async function offerPasskeyUse(ctx: Context, origin: string): Promise<PasskeyOffer> {
  const party = requireParty(ctx, origin)
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: asBytes(makeChallenge(ctx, 'use', 0)),
    userVerification: 'required',
  })
}

export interface PasskeyUse {
  readonly response: PasskeyResponse
  /** Of the page that asks. */
  readonly origin: string
  /** The requester's network address, for the limit on tries. */
  readonly address: string
}

/**
 * Whose passkey a browser used; what it made of the offer is void afterwards.
 * @throws Fault unauthenticated; throttled; conflict when none works at this address
 */
export async function takePasskey(ctx: Context, { response, origin, address }: PasskeyUse): Promise<number> {
  const party = requireParty(ctx, origin)
  // Count it first: checking signatures takes time.
  ctx.throttles.take(COSTS, address)
  const factor = await findPasskey(ctx, response['id'])
  if (factor === undefined || !(await verifyUse(ctx, party, factor, response)))
    throw new Fault('unauthenticated', 'That passkey is not known here, or was not used for this page and this minute. Try again.')
  ctx.throttles.uncount(COSTS, address)
  return factor.user_id
}

async function verifyUse(ctx: Context, party: RelyingParty, factor: FactorRow, response: PasskeyResponse): Promise<boolean> {
  let issued: number | undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const result = await orUndefined(() =>
    verifyAuthenticationResponse({
      response: readUse(response),
      expectedChallenge: (challenge) => (issued = issuedAt(ctx, challenge, 'use', 0)) !== undefined,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      credential: { id: factor.credential_id ?? '', publicKey: new Uint8Array(factor.public_key ?? []), counter: factor.counter ?? 0 },
      requireUserVerification: true,
    }),
  )
  if (result?.verified !== true || issued === undefined) return false
  const since = issued
  if (ctx.engine.isReadOnly) return ctx.passingSessions.useFactor(factor.id, since, factor.last_use_timestamp)
  const { numUpdatedRows } = await ctx.db
    .updateTable('user_factors')
    .set({ counter: result.authenticationInfo.newCounter, last_use_timestamp: ctx.believed.now() })
    .where('id', '=', factor.id)
    .where((eb) => eb.or([eb('last_use_timestamp', 'is', null), eb('last_use_timestamp', '<', since)]))
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

function readRegistration({ id, response }: PasskeyResponse): RegistrationResponseJSON {
  const fields = isObject(response) ? response : {}
  const transports = Array.isArray(fields['transports']) ? fields['transports'].filter((one) => typeof one === 'string').slice(0, 10) : []
  const read = { clientDataJSON: textOf(fields['clientDataJSON']), attestationObject: textOf(fields['attestationObject']), transports }
  return { id: textOf(id), rawId: textOf(id), type: 'public-key', clientExtensionResults: {}, response: read }
}

function readUse({ id, response }: PasskeyResponse): AuthenticationResponseJSON {
  const fields = isObject(response) ? response : {}
  const read = {
    clientDataJSON: textOf(fields['clientDataJSON']),
    authenticatorData: textOf(fields['authenticatorData']),
    signature: textOf(fields['signature']),
  }
  return { id: textOf(id), rawId: textOf(id), type: 'public-key', clientExtensionResults: {}, response: read }
}

const textOf = (value: unknown): string => (typeof value === 'string' && value.length <= 20_000 ? value : '')

/** The library says by an error what is wrong with a response: any stranger may send any. */
async function orUndefined<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify()
  } catch {
    return undefined
  }
}

async function findPasskey(ctx: Context, id: unknown): Promise<FactorRow | undefined> {
  if (typeof id !== 'string' || id === '' || id.length > 2_000) return undefined
  return ctx.db
    .selectFrom('user_factors')
    .innerJoin('users', 'users.id', 'user_factors.user_id')
    .selectAll('user_factors')
    .where('credential_id', '=', id)
    .where('users.deleted', '=', 0)
    .executeTakeFirst()
}

const passkeysOf = (ctx: Context, userId: number): Promise<FactorRow[]> =>
  ctx.db.selectFrom('user_factors').selectAll().where('user_id', '=', userId).where('kind', '=', 'passkey').execute()

/** @param given a browser's credential, or its JSON as a form brings it. @throws Fault invalid */
export function parsePasskey(given: unknown): PasskeyResponse {
  try {
    const value: unknown = typeof given === 'string' ? JSON.parse(given.slice(0, 50_000)) : given
    if (isObject(value)) return value
  } catch {
    // Said below.
  }
  throw invalid('passkey must be what the browser made of it, as JSON.')
}

type Purpose = 'add' | 'use'

/** `TIME.RANDOM.SIGNATURE` */
function makeChallenge(ctx: Context, purpose: Purpose, userId: number): string {
  const issued = `${ctx.believed.now()}.${makeToken().slice(0, 22)}`
  return `${issued}.${signChallenge(ctx, issued, purpose, userId)}`
}

const signChallenge = ({ settings }: Context, issued: string, purpose: Purpose, userId: number): string =>
  sign(`passkey ${purpose} ${userId} ${issued}`, settings.SECRET_KEY)

/** When a challenge was issued; undefined when it is not one of ours, or too old. @param challenge base64url of its characters */
function issuedAt(ctx: Context, challenge: string, purpose: Purpose, userId: number): number | undefined {
  const [time = '', random = '', signature = ''] = Buffer.from(challenge, 'base64url').toString('latin1').split('.')
  if (!equalSecrets(signChallenge(ctx, `${time}.${random}`, purpose, userId), signature)) return undefined
  const now = ctx.believed.now()
  const issued = Number(time)
  return issued <= now && now - issued <= VALIDITY ? issued : undefined
}

const asBytes = (text: string) => new TextEncoder().encode(text)
