/**
 * How pieces of a backup are named and kept: in the clear, named by their SHA-256; or encrypted with AES-256-GCM and named by an HMAC,
 * so that without the key neither content nor the presence of a known file can be told.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'

/** How the key was made of what a person gave; it is no secret, and needed to make it again. */
export interface Encryption {
  readonly cipher: 'aes-256-gcm'
  readonly kdf: 'scrypt'
  readonly n: number
  readonly r: number
  readonly p: number
  /** Base64. */
  readonly salt: string
  /** Tells a wrong key: an HMAC of a fixed text, hex. */
  readonly check: string
}

export interface PieceCipher {
  /** Undefined: in the clear. */
  readonly encryption: Encryption | undefined
  /** Bytes that a stored piece has beyond its content. */
  readonly overhead: number
  /** Hex, 64 digits; the same for the same content. */
  nameOf(content: Uint8Array): string
  /** @param name bound to the result, so that a piece is not taken for another */
  seal(name: string, content: Uint8Array): Uint8Array
  /** The content; undefined when the bytes are not what was stored under this name. */
  open(name: string, stored: Uint8Array): Uint8Array | undefined
}

export const plainCipher: PieceCipher = {
  encryption: undefined,
  overhead: 0,
  nameOf: (content) => createHash('sha256').update(content).digest('hex'),
  seal: (_, content) => content,
  open: (name, stored) => (createHash('sha256').update(stored).digest('hex') === name ? stored : undefined),
}

/** Some 50 ms and 32 MB of memory, once a backup. */
const COST = { n: 32_768, r: 8, p: 1 }
/** What a header may ask for, so that a damaged or foreign one can't take all memory. */
const MOST = { n: 1_048_576, r: 32, p: 16, memory: 512 * 1024 * 1024 }
const NONCE = 12
const TAG = 16

/** A cipher for a new folder or stream. @param key of at least 16 characters, as the setting BACKUP_KEY is */
export const newCipher = (key: string): Promise<PieceCipher> => cipherWith(key, { ...COST, salt: randomBytes(16).toString('base64') })

/** The cipher of backups that exist. @throws Fault invalid when the key is another one */
export async function cipherOf(key: string, encryption: Encryption): Promise<PieceCipher> {
  const cipher = await cipherWith(key, encryption)
  const [expected, found] = [Buffer.from(encryption.check), Buffer.from(cipher.encryption?.check ?? '')]
  if (expected.length !== found.length || !timingSafeEqual(expected, found))
    throw invalid('The key is not the one that these backups were encrypted with. See the setting BACKUP_KEY, or --key-file.')
  return cipher
}

async function cipherWith(key: string, { n, r, p, salt }: Pick<Encryption, 'n' | 'r' | 'p' | 'salt'>): Promise<PieceCipher> {
  const root = await derive(key, Buffer.from(salt, 'base64'), { N: n, r, p, maxmem: 256 * n * r })
  const [content, names] = ['rhizo backup content', 'rhizo backup names'].map((use) =>
    Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), use, 32)),
  ) as [Buffer, Buffer]
  const hmac = (bytes: Uint8Array | string): string => createHmac('sha256', names).update(bytes).digest('hex')
  return {
    encryption: { cipher: 'aes-256-gcm', kdf: 'scrypt', n, r, p, salt, check: hmac('check') },
    overhead: NONCE + TAG,
    nameOf: hmac,
    seal: (name, bytes) => {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', content, nonce).setAAD(Buffer.from(name))
      const sealed = [nonce, cipher.update(bytes), cipher.final()]
      return Buffer.concat([...sealed, cipher.getAuthTag()])
    },
    open: (name, stored) => {
      if (stored.length < NONCE + TAG) return undefined
      const cipher = createDecipheriv('aes-256-gcm', content, stored.subarray(0, NONCE)).setAAD(Buffer.from(name))
      cipher.setAuthTag(stored.subarray(stored.length - TAG))
      try {
        return Buffer.concat([cipher.update(stored.subarray(NONCE, stored.length - TAG)), cipher.final()])
      } catch {
        return undefined
      }
    },
  }
}

const derive = (key: string, salt: Uint8Array, options: { N: number; r: number; p: number; maxmem: number }): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(key, salt, 32, options, (error, root) => (error ? reject(error) : resolve(root)))
  })

/** @throws Fault invalid when it is none that this program knows */
export function parseEncryption(value: unknown, where: string): Encryption | undefined {
  if (value === null || value === undefined) return undefined
  const { cipher, kdf, n, r, p, salt, check } = isObject(value) ? value : {}
  const isFine =
    cipher === 'aes-256-gcm' &&
    kdf === 'scrypt' &&
    typeof salt === 'string' &&
    typeof check === 'string' &&
    typeof n === 'number' &&
    typeof r === 'number' &&
    typeof p === 'number' &&
    Number.isInteger(Math.log2(n)) &&
    n > 1 &&
    n <= MOST.n &&
    r >= 1 &&
    r <= MOST.r &&
    p >= 1 &&
    p <= MOST.p &&
    // What scrypt takes, in bytes. Source: RFC 7914, section 2.
    128 * n * r <= MOST.memory
  if (!isFine) throw invalid(`${where} says in no way that this rhizo knows how it is encrypted. A newer rhizo may know it.`)
  return { cipher, kdf, n, r, p, salt, check }
}
