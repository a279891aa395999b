/**
 * Devices and addresses from which people have signed in before. Wrong passwords are counted for each of them apart from those of
 * strangers, who can't shut anybody out this way. A browser keeps a signed cookie, so nothing has to be stored here.
 */
import { randomBytes } from 'node:crypto'
import { subscriberNetwork } from '../base/networks.ts'
import { equalSecrets, sign } from '../base/secrets.ts'
import type { Context } from '../context.ts'

/** Sessions of a user that are looked at. */
const MOST = 100

/** A mark for a device on which the user has signed in: it lets nobody in, it only counts its guesses by themselves. */
export function markDevice({ settings }: Pick<Context, 'settings'>, userId: number): string {
  const named = `${userId}.${randomBytes(12).toString('hex')}`
  return `${named}.${sign(`device ${named}`, settings.SECRET_KEY)}`
}

/**
 * Who guesses the password of an account, as far as it was seen there before: '' for all strangers together.
 * @param userId undefined: there is no such user
 * @param device the mark that the caller sent
 */
export async function guesserOf(
  ctx: Pick<Context, 'db' | 'settings'>,
  userId: number | undefined,
  { address, device }: { address: string; device?: string | undefined },
): Promise<string> {
  const [owner, name, signature] = (device ?? '').slice(0, 200).split('.')
  if (owner === String(userId) && equalSecrets(sign(`device ${owner}.${name ?? ''}`, ctx.settings.SECRET_KEY), signature ?? ''))
    return ` on ${name ?? ''}`
  const sessions = await ctx.db
    .selectFrom('sessions')
    .select('address')
    .where('user_id', '=', userId ?? 0)
    .orderBy('id', 'desc')
    .limit(MOST)
    .execute()
  const network = subscriberNetwork(address)
  return address !== '' && sessions.some((session) => subscriberNetwork(session.address) === network) ? ` at ${network}` : ''
}
