/** Makes, hashes and compares secrets. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

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

/** Encrypts a text that must be read again, with a key made from `secret` for one purpose: AES-256-GCM, base64url. */
export function seal(text: string, secret: string, purpose: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(secret, purpose), nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** What {@link seal} made; undefined when it was made with another secret, or changed. */
export function unseal(sealed: string, secret: string, purpose: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyFor(secret, purpose), bytes.subarray(0, 12), { authTagLength: 16 })
    decipher.setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

const keyFor = (secret: string, purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `rhizo ${purpose}`, 32))
