/** Makes, hashes and compares secrets. */
import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

const ACCESS_CODE_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Random text of A–Z and 0–9; 50 characters hold 258 bits. */
export function makeAccessCode(length: number): string {
  let code = ''
  for (let at = 0; at < length; at++) code += ACCESS_CODE_ALPHABET[randomInt(ACCESS_CODE_ALPHABET.length)] ?? ''
  return code
}

/** Random text for cookies and links: 256 bits, base64url. */
export const makeToken = (): string => randomBytes(32).toString('base64url')

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** base64(SHA-512(text + salt)): how keys are stored, and the inner hash of old servers' passwords. Source: protocol, section 2. */
export const saltedHash = (text: string, salt: string): string =>
  createHash('sha512')
    .update(text + salt)
    .digest('base64')

/** A signature of `text`, which proves that it was made here, with `secret`. */
export const sign = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('base64url')

/** Compares two texts in a time that does not depend on where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
