/** Checks passwords, and limits guessing. Source: protocol, section 2. */
import type { Context } from '../context.ts'
import type { UserRow } from '../database/schema.ts'
import { guesserOf } from './known-devices.ts'
import { DUMMY_HASH, hashPassword, verifyPassword } from './passwords.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { MINUTE } from '../base/time.ts'

export interface Guess {
  /** The account as the caller named it, so that accounts that don't exist are limited in the same way. */
  readonly account: string
  readonly address: string
  /** The mark of a device that has signed in before, as the caller sent it. */
  readonly device?: string | undefined
}

/** Of {@link Context.passwordChecks}. */
const [STRANGERS, KNOWN] = [0, 1]

/**
 * Whether `password` is that of `user`; takes as long, and counts as much, if there is no such user. Renews an old kind of hash.
 * @param user undefined: no (live) user was found
 * Guesses of strangers count apart from those of devices and addresses that have signed in to the account before.
 * @throws Fault throttled after too many failures for the account or from the address
 */
export async function checkPassword(
  ctx: Context,
  user: Pick<UserRow, 'id' | 'password_hash'> | undefined,
  password: string,
  guess: Guess,
): Promise<boolean> {
  const guesser = await guesserOf(ctx, user?.id, guess)
  const account = guess.account.toLowerCase() + guesser
  const [byAccount, byAddress] = rulesOf(ctx)
  ctx.throttles.check(byAddress, guess.address)
  ctx.throttles.take(byAccount, account)
  // Count it before the slow check, so that simultaneous guesses don't all pass before the first one has failed.
  ctx.throttles.count(byAddress, guess.address)
  // Each check takes 19 MB: many strangers at once would take that for each thread of the pool, and all of its threads.
  const { matches, isOld } = await ctx.passwordChecks.hold([guesser === '' ? STRANGERS : KNOWN], () =>
    verifyPassword(ctx.settings, user?.password_hash ?? DUMMY_HASH, password),
  )
  if (!user || !matches) return false
  ctx.throttles.clear(byAccount, account)
  ctx.throttles.uncount(byAddress, guess.address)
  if (isOld && !ctx.engine.isReadOnly) {
    const renewed = await hashPassword(password)
    await ctx.db
      .updateTable('users')
      .set({ password_hash: renewed })
      .where('id', '=', user.id)
      .where('password_hash', '=', user.password_hash)
      .execute()
  }
  return true
}

/** Clears failed guesses after the user has proven who they are in another way. @param names of the account, as people may type them */
export function forgiveGuesses(ctx: Context, names: readonly (string | null)[]): void {
  const [byAccount] = rulesOf(ctx)
  for (const name of names) if (name !== null) ctx.throttles.clear(byAccount, name.toLowerCase())
}

function rulesOf(ctx: Context): [byAccount: ThrottleRule, byAddress: ThrottleRule] {
  const limit = ctx.settings.SIGN_IN_ATTEMPTS
  return [
    { what: 'wrong passwords for this account', limit, window: 15 * MINUTE, durable: true },
    { what: 'wrong passwords from your address', limit: limit * 10, window: 15 * MINUTE, durable: true },
  ]
}
