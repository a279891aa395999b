/** For whom passkeys are: browsers bind them to a name, and use them over https only, or on localhost. */
import { isIP } from 'node:net'
import { conflict } from '../base/fault.ts'
import type { Context } from '../context.ts'

export interface RelyingParty {
  /** The name that passkeys are bound to. */
  readonly id: string
  /** Of pages that may use them. */
  readonly origin: string
}

/**
 * That of PUBLIC_URL; without it, of the page itself when that is on localhost.
 * @param origin of the page that asks, such as `http://localhost:5000`
 * @returns why there is none, as a sentence with what to do
 */
export function findParty({ settings }: Pick<Context, 'settings'>, origin: string): RelyingParty | string {
  const url = new URL(settings.PUBLIC_URL ?? origin)
  const name = url.hostname
  if (name === 'localhost') return { id: name, origin: url.origin }
  if (settings.PUBLIC_URL === undefined)
    return 'Passkeys need a name and https: set PUBLIC_URL to the address by which people come. On this machine, open http://localhost.'
  if (url.protocol !== 'https:') return 'Passkeys need https, which PUBLIC_URL does not have: over http they work on localhost only.'
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return 'Passkeys are bound to a name, and PUBLIC_URL has a number in its place.'
  return { id: name, origin: url.origin }
}

/** @throws Fault conflict */
export function requireParty(ctx: Pick<Context, 'settings'>, origin: string): RelyingParty {
  const party = findParty(ctx, origin)
  if (typeof party === 'string') throw conflict(party)
  return party
}
