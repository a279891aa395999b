/** An authenticator for tests: makes and uses passkeys as a browser with a security key does (ES256, no attestation). */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
const PRESENT = 0x01
const VERIFIED = 0x04
const ATTESTED = 0x40

export interface Offered {
  readonly challenge: string
}

export interface UseOptions {
  readonly origin?: string
  /** False: nobody typed a PIN or showed a finger. */
  readonly isVerified?: boolean
}

export class Authenticator {
  readonly id = randomBytes(20).toString('base64url')
  readonly #rpId: string
  readonly #origin: string
  readonly #key: KeyObject
  readonly #coordinates: Buffer[]
  #counter = 0

  constructor(origin: string) {
    this.#origin = origin
    this.#rpId = new URL(origin).hostname
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    this.#key = privateKey
    this.#coordinates = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
  }

  create({ challenge }: Offered, options: UseOptions = {}): object {
    const [x = Buffer.alloc(0), y = Buffer.alloc(0)] = this.#coordinates
    const id = Buffer.from(this.id, 'base64url')
    // COSE: an elliptic curve key of P-256 for ES256.
    const key = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), x, Buffer.from('225820', 'hex'), y])
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
    const data = Buffer.concat([this.#data(ATTESTED, options), attested])
    const head = Buffer.concat([Buffer.from([0xa3, 0x63]), Buffer.from('fmt'), Buffer.from([0x64]), Buffer.from('none')])
    const statement = Buffer.concat([Buffer.from([0x67]), Buffer.from('attStmt'), Buffer.from([0xa0, 0x68]), Buffer.from('authData')])
    const attestation = Buffer.concat([head, statement, Buffer.from([0x58, data.length]), data])
    return {
      id: this.id,
      response: {
        clientDataJSON: this.#clientData('webauthn.create', challenge, options).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['usb'],
      },
    }
  }

  use({ challenge }: Offered, options: UseOptions = {}): object {
    this.#counter++
    const data = this.#data(0, options)
    const clientData = this.#clientData('webauthn.get', challenge, options)
    const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), this.#key)
    return {
      id: this.id,
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
      },
    }
  }

  #data(flags: number, { isVerified = true }: UseOptions): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.#counter)
    return Buffer.concat([sha256(this.#rpId), Buffer.from([flags | PRESENT | (isVerified ? VERIFIED : 0)]), counter])
  }

  #clientData(type: string, challenge: string, { origin = this.#origin }: UseOptions): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  }
}
