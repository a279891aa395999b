/** Hashes passwords with argon2id; bcrypt hashes of old servers still verify. Source: protocol, section 2. */
import type { Settings } from '../settings/settings.ts'
import { invalid } from '../base/fault.ts'
import { saltedHash } from '../base/secrets.ts'

export const MIN_PASSWORD_LENGTH = 8
const MAX_PASSWORD_LENGTH = 1_000

/** @throws Fault invalid when a new password is too short or too long */
export function requirePassword(password: string): void {
  if (password.length < MIN_PASSWORD_LENGTH) throw invalid(`password is too short: at least ${MIN_PASSWORD_LENGTH} characters.`)
  if (password.length > MAX_PASSWORD_LENGTH) throw invalid(`password is too long: at most ${MAX_PASSWORD_LENGTH} characters.`)
}

/** 19 MiB and two passes: OWASP's password storage cheat sheet gives this as the minimum for argon2id; it is fast enough on a Pi. */
export async function hashPassword(password: string): Promise<string> {
  const { hash } = await import('@node-rs/argon2')
  return hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
}

/**
 * Hash of an unknown password, made with the parameters of {@link hashPassword}. It is checked if there is no account, so that this takes
 * as long.
 */
export const DUMMY_HASH = '$argon2id$v=19$m=19456,t=2,p=1$95nbvtZDFJJZKzgnpYTsDg$h8tZw7FlF8nVsQyGcskIdhEqpIlQZHR10lDFxE8HdQE'

/** @returns whether it matches, and whether the hash should be renewed */
export async function verifyPassword(
  settings: Pick<Settings, 'SALT'>,
  stored: string,
  password: string,
): Promise<{ matches: boolean; isOld: boolean }> {
  if (password.length > MAX_PASSWORD_LENGTH) return { matches: false, isOld: false }
  if (stored.startsWith('$2')) {
    const { compare } = await import('bcryptjs')
    return { matches: await compare(saltedHash(password, settings.SALT), stored), isOld: true }
  }
  const { verify } = await import('@node-rs/argon2')
  return { matches: await verify(stored, password), isOld: false }
}
