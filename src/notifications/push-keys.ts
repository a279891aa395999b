/**
 * The pair of keys by which push services know this server (VAPID, RFC 8292). It is made from SECRET_KEY each time and kept nowhere,
 * so that no backup holds it; with another SECRET_KEY people switch on alarms on their devices again.
 */
import { createECDH, hkdfSync } from 'node:crypto'
import type { Settings } from '../settings/settings.ts'

export const PUSH_CURVE = 'prime256v1'

export interface PushKeys {
  /** The point, uncompressed: base64url of 65 bytes. Browsers get it when they subscribe. */
  readonly publicKey: string
  /** base64url of 32 bytes. */
  readonly privateKey: string
}

export function pushKeysOf({ SECRET_KEY: secret }: Pick<Settings, 'SECRET_KEY'>): PushKeys {
  // Once in 2^32, 32 bytes are no key of the curve.
  for (let at = 0; ; at++) {
    const bytes = Buffer.from(hkdfSync('sha256', secret, '', `rhizo push ${at}`, 32))
    const curve = createECDH(PUSH_CURVE)
    try {
      curve.setPrivateKey(bytes)
    } catch {
      continue
    }
    return { publicKey: curve.getPublicKey('base64url'), privateKey: bytes.toString('base64url') }
  }
}
