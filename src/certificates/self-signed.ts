/**
 * A certificate that a machine of the lab signs itself: browsers and devices trust it when they are told to. Source: RFC 5280.
 * It is put together by hand, since Node signs and reads certificates and makes none: the libraries that do (node-forge, selfsigned with
 * @peculiar/x509 and pkijs) bring megabytes and cryptography of their own for what are forty bytes of structure around Node's signature.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { bits, explicit, implicit, integer, moment, octets, oid, sequence, set, truth, utf8 } from './der.ts'

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly key: string
}

export interface SelfSignedOptions {
  /** Names and addresses at which the machine is reached; the first is its name. */
  readonly names: readonly string[]
  readonly days: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** The private key to go on with, in PEM; undefined: a new one. */
  readonly key?: string | undefined
}

const DAY_MS = 86_400_000
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'
const EXTENSION = { keyUsage: '2.5.29.15', alternativeNames: '2.5.29.17', basicConstraints: '2.5.29.19', extendedUsage: '2.5.29.37' }

/** @throws Fault invalid for what is neither a name nor an address, and for a key that is not of the curve P-256 */
export function makeSelfSigned({ names, days, now, key }: SelfSignedOptions): SelfSigned {
  const [first] = names
  if (first === undefined) throw invalid('A certificate needs at least one name.')
  const privateKey = key === undefined ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey : readKey(key)
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const name = sequence(set(sequence(oid(COMMON_NAME), utf8(first.slice(0, 64)))))
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    // Positive, and not the same twice.
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    name,
    // Clocks of devices may be behind by hours.
    sequence(moment(now - DAY_MS), moment(now + days * DAY_MS)),
    name,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensionsOf(names))),
  )
  const signature = sign('sha256', signed, privateKey)
  const body = sequence(signed, algorithm, bits(signature)).toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function readKey(pem: string): ReturnType<typeof createPrivateKey> {
  const key = createPrivateKey(pem)
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw invalid('The private key that is there is none of the curve P-256.')
  return key
}

/** Marked as an authority for itself, since some systems take only those into their list of trusted ones. */
const extensionsOf = (names: readonly string[]): Buffer[] => [
  sequence(oid(EXTENSION.basicConstraints), truth(), octets(sequence(truth()))),
  // Digital signatures, and signing certificates.
  sequence(oid(EXTENSION.keyUsage), truth(), octets(bits(Buffer.from([0b1000_0100]), 2))),
  sequence(oid(EXTENSION.extendedUsage), octets(sequence(oid(SERVER_AUTHENTICATION)))),
  sequence(oid(EXTENSION.alternativeNames), octets(sequence(...names.map(alternativeName)))),
]

function alternativeName(name: string): Buffer {
  if (isIP(name) !== 0) return implicit(7, Buffer.from(ipaddr.parse(name).toByteArray()))
  if (!/^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(name) || name.length > 253)
    throw invalid(`${quote(name)} is neither a host's name nor an address.`)
  return implicit(2, Buffer.from(name.toLowerCase()))
}

export interface CertificateFacts {
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly from: number
  readonly until: number
  /** SHA-256 of the certificate: pairs of hexadecimal digits with colons. */
  readonly fingerprint: string
}

/** @param pem the first certificate counts @throws Fault invalid when there is none */
export function readFacts(pem: string): CertificateFacts {
  let found: X509Certificate
  try {
    found = new X509Certificate(pem)
  } catch (error) {
    throw invalid(`There is no certificate in it: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const names = [...(found.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name)
  return { names, from: Date.parse(found.validFrom), until: Date.parse(found.validTo), fingerprint: found.fingerprint256 }
}
