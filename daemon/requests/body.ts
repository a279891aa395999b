/**
 * Reads requests from Node's own message, since a GET or DELETE may have a form body, which fetch-style requests can't have. Source:
 * protocol, section 1.
 */
import type { IncomingMessage } from 'node:http'
import { Fault, invalid } from '../../src/base/fault.ts'
import { isObject, jsonProblem, requireShallow } from '../../src/base/json.ts'
import { quote } from '../../src/base/path.ts'

/** @throws Fault too_large past `limit` bytes; invalid when the client disconnects before the end */
export function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(incoming.headers['content-length'] ?? 0)
  if (declared > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        incoming.removeAllListeners('data')
        incoming.resume()
        reject(tooLarge(limit))
      } else chunks.push(chunk)
    })
    incoming.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    incoming.on('error', reject)
    incoming.on('close', () => {
      if (!incoming.complete) reject(invalid('The request ended before its body was complete.'))
    })
  })
}

export const tooLarge = (limit: number): Fault =>
  new Fault('too_large', `The request is larger than ${limit} bytes, which is the most that is accepted here.`)

export const hasBody = (incoming: IncomingMessage): boolean =>
  incoming.headers['transfer-encoding'] !== undefined ||
  (incoming.headers['content-length'] !== undefined && incoming.headers['content-length'] !== '0')

/** The media type without its parameters, in lower case; '' when none was sent. */
export const mediaType = (incoming: IncomingMessage): string =>
  (incoming.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/**
 * Adds `name=value&…` to `set`.
 * @param where "query" or "form", for the message
 * @throws Fault invalid for malformed percent-escapes
 */
export function addUrlEncoded(set: Record<string, unknown>, encoded: string, where: string): void {
  if (encoded === '') return
  for (let from = 0, count = 0; from <= encoded.length; count++) {
    if (count >= MAX_PAIRS) throw invalid(`The ${where} has more than ${MAX_PAIRS} parameters.`)
    const next = encoded.indexOf('&', from)
    const pair = next < 0 ? encoded.slice(from) : encoded.slice(from, next)
    from = next < 0 ? encoded.length + 1 : next + 1
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at))
    if (name === undefined) throw invalid(`A name in the ${where} ${MALFORMED}`)
    const value = at < 0 ? '' : decode(pair.slice(at + 1))
    // Don't show the value: it may be a password.
    if (value === undefined) throw invalid(`${quote(name)} in the ${where} ${MALFORMED}`)
    set[name] = value
  }
}

/** Limits the number of parameters, since a body of separators alone would otherwise become tens of millions of texts. */
const MAX_PAIRS = 10_000

const MALFORMED = 'holds a malformed percent-escape or wrong UTF-8.'

/** undefined for a malformed escape */
function decode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** @throws Fault invalid when the bytes are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw invalid(`${what} is not UTF-8.`)
  }
}

/** Adds the members of a JSON object to `set`. @throws Fault invalid */
export function addJson(set: Record<string, unknown>, body: string): void {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    throw invalid(`The body is not JSON: ${jsonProblem(error)}.`)
  }
  if (!isObject(value)) throw invalid('The body must be a JSON object of parameters.')
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object') requireShallow(member, quote(name))
    set[name] = member
  }
}

/** The path of the request as it was sent, without decoding or resolving, and its query without the question mark. */
export function splitUrl(incoming: IncomingMessage): { path: string; query: string } {
  const url = incoming.url ?? '/'
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) }
}

/** @throws Fault invalid for malformed percent-escapes */
export function decodePath(encoded: string): string {
  if (!encoded.includes('%')) return encoded
  let parts: string[]
  try {
    parts = encoded.split('/').map(decodeURIComponent)
  } catch {
    throw invalid(`The path holds a malformed percent-escape or wrong UTF-8: ${quote(encoded)}.`)
  }
  if (parts.some((part) => part.includes('/'))) throw invalid(`The path holds an escaped slash: ${quote(encoded)}.`)
  return parts.join('/')
}
