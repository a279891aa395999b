/**
 * Reads requests from Node's own message, since a GET or DELETE may have a form body, which fetch-style requests can't have. Source:
 * protocol, section 1.
 */
import type { IncomingMessage } from 'node:http'
import { Fault, invalid } from '../../src/base/fault.ts'
import { isObject, jsonProblem, parseLoosely, requireShallow } from '../../src/base/json.ts'
import { requireModestJson } from '../../src/base/json-bounds.ts'
import { quote } from '../../src/base/path.ts'
import type { Turns } from '../../src/base/turns.ts'
import { GatheredBytes } from './gathered-bytes.ts'
import type { Bounds, Share } from './shared-memory.ts'

/**
 * @param share of the memory that callers share, until whoever made it releases it; a stranger's body is bounded by bytes and time, too
 * @throws Fault too_large past `limit` bytes; invalid when the client disconnects before the end; busy when the caller has to give way
 */
export function readBody(incoming: IncomingMessage, limit: number, share?: Share): Promise<Buffer> {
  const bounds = share?.bounds
  const most = Math.min(limit, bounds?.bytes ?? limit)
  if (declaredLength(incoming) > most) return Promise.reject(tooLarge(most))
  // What was read already brings neither bytes nor an end any more.
  if (incoming.readableEnded) return Promise.resolve(Buffer.alloc(0))
  return new Promise((resolve, reject) => {
    const bytes = new GatheredBytes()
    const take = (chunk: Buffer): void => {
      if (bytes.size + chunk.length > most) return fail(tooLarge(most))
      bytes.push(chunk)
      share?.hold(bytes.size)
    }
    const timer = bounds && setTimeout(() => fail(tooSlow(bounds)), bounds.patienceMs)
    const fail = (fault: Fault): void => {
      clearTimeout(timer)
      incoming.off('data', take)
      bytes.drop((part) => share?.free(part))
      // What strangers go on sending is read in turns: rest-of-body.ts.
      if (bounds) incoming.pause()
      else incoming.resume()
      reject(fault)
    }
    share?.onCut(fail)
    incoming.on('data', take)
    incoming.on('end', () => {
      clearTimeout(timer)
      const body = bytes.join(share && ((part) => share.free(part)))
      // A stranger gives way as long as the body waits for its turn. Others are served once it is there.
      if (!bounds) share?.settle()
      else
        share.onCut(() => {
          incoming.socket.destroy()
          share.free(body)
        })
      resolve(body)
    })
    whenCutOff(incoming, () => fail(cutOff()))
  })
}

/**
 * The body as it arrives, no faster than it is consumed. Stopping early keeps the connection open for the reply.
 * @param share of a stranger
 * @throws Fault as {@link readBody}
 */
export async function* readChunks(incoming: IncomingMessage, limit: number, share?: Share): AsyncGenerator<Buffer> {
  const most = Math.min(limit, share?.bounds?.bytes ?? limit)
  if (declaredLength(incoming) > most) throw tooLarge(most)
  const chunks = incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  let timer: NodeJS.Timeout | undefined
  const cut =
    share &&
    new Promise<never>((_, reject) => {
      share.onCut(reject)
      if (share.bounds) timer = setTimeout(reject, share.bounds.patienceMs, tooSlow(share.bounds))
    })
  // It may be refused while nobody waits for it.
  cut?.catch(() => {})
  let size = 0
  try {
    for (;;) {
      const coming = nextChunk(chunks)
      const next = await (cut ? Promise.race([coming, cut]) : coming)
      if (next.done === true) return
      size += next.value.length
      if (size > most) throw tooLarge(most)
      share?.hold(size)
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    const returned = chunks.return?.()
    // A stranger who was cut off still owes the chunk that is awaited.
    if (cut) returned?.catch(() => {})
    else await returned
  }
}

/** Whatever a stream of a request fails with, the client has gone. @throws Fault invalid */
async function nextChunk(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
  try {
    return await chunks.next()
  } catch {
    throw cutOff()
  }
}

/** Calls `act` when the client goes away before its body is complete. */
export function whenCutOff(incoming: IncomingMessage, act: () => void): void {
  incoming.on('error', act)
  incoming.on('close', () => {
    if (!incoming.complete) act()
  })
}

/** Nobody is left to read it; it keeps what the client broke off from being taken for a defect of the server. */
export const cutOff = (): Fault => invalid('The request ended before its body was complete.')

/** What a stranger is told who takes too long for a body. */
export const tooSlow = ({ patienceMs }: Bounds): Fault =>
  invalid(`The body took longer than ${patienceMs / 1000} seconds, which is what callers without a key get. Send a key, or sign in.`)

const declaredLength = (incoming: IncomingMessage): number => Number(incoming.headers['content-length'] ?? 0)

export const tooLarge = (limit: number): Fault =>
  new Fault('too_large', `The request is larger than ${limit} bytes, which is the most that is accepted here.`)

export const hasBody = (incoming: IncomingMessage): boolean =>
  incoming.headers['transfer-encoding'] !== undefined ||
  (incoming.headers['content-length'] !== undefined && incoming.headers['content-length'] !== '0')

/** The media type without its parameters, in lower case; '' when none was sent. */
export const mediaType = (incoming: Pick<IncomingMessage, 'headers'>): string =>
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

/** Limits the number of parameters: a body of separators alone would become tens of millions of texts, and each name is looked up. */
const MAX_PAIRS = 10_000

const MALFORMED = 'holds a malformed percent-escape or wrong UTF-8.'

/** undefined for a malformed escape */
function decode(text: string): string | undefined {
  const spaced = withSpaces(text)
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return undefined
  }
}

/** Of texts up to so many characters each plus is replaced for itself; of a megabyte of them that takes a tenth of a second. */
const SHORT = 10_000
const [PLUS, SPACE] = [0x2b, 0x20]

/** A plus stands for a blank. */
export function withSpaces(text: string): string {
  if (!text.includes('+')) return text
  if (text.length <= SHORT) return text.replaceAll('+', ' ')
  const bytes = Buffer.from(text)
  for (let at = bytes.indexOf(PLUS); at >= 0 && at < bytes.length; at++) if (bytes[at] === PLUS) bytes[at] = SPACE
  return bytes.toString('utf8')
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

/** Characters of JSON from which on others have their turn between its steps, each of which takes some milliseconds for a megabyte. */
const LONG_JSON = 100_000

/**
 * Adds the members of a JSON object to `set`; among values NaN is text, as Python writes it.
 * @throws Fault invalid; too_large for more than is parsed at once
 */
export async function addJson(turns: Turns, set: Record<string, unknown>, body: string): Promise<void> {
  requireModestJson(body, 'The body')
  if (body.length > LONG_JSON) await turns.next()
  let value: unknown
  try {
    value = parseLoosely(body)
  } catch (error) {
    throw invalid(`The body is not JSON: ${jsonProblem(error)}.`)
  }
  if (!isObject(value)) throw invalid('The body must be a JSON object of parameters.')
  const names = Object.keys(value)
  if (names.length > MAX_PAIRS) throw invalid(`The body has more than ${MAX_PAIRS} parameters.`)
  if (body.length > LONG_JSON) await turns.next()
  for (const name of names) {
    const member = value[name]
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
