/** HTTP to one server: keeps connections open, streams both ways, and turns error replies into the Fault that the server threw. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Fault, faultCodeOf } from '../base/fault.ts'
import { trustOf } from './own-machine.ts'
import { Unreachable } from './unreachable.ts'
import { VERSION } from '../base/version.ts'

export type QueryValue = string | number | boolean | undefined

export interface Call {
  /** Members that are undefined or false are left out, because the API takes a flag that is present for true. */
  query?: Record<string, QueryValue>
  /** Sent as a JSON object. */
  json?: Record<string, unknown>
  body?: string | Buffer | Readable
  contentType?: string
  /** Length of a streamed body in bytes, if known. */
  length?: number
  headers?: Record<string, string>
  signal?: AbortSignal
  /** In place of the client's own. */
  timeout?: number
}

export interface HttpClientOptions {
  /** `http://host:port` or `https://host:port`, perhaps with a path before `/api/v1`. */
  url: string
  key?: string | undefined
  /** Milliseconds without a byte from the server after which it counts as out of reach. */
  timeout?: number
}

const DEFAULT_TIMEOUT = 60_000
/** Largest JSON or text answer that is held in memory. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024

export class HttpClient {
  readonly url: string
  /** HTTP Basic with the client's version as user name: the server stores it as a controller's client_version. */
  readonly authorization: string | undefined
  readonly #timeout: number
  readonly #agent: HttpAgent | HttpsAgent
  readonly #secure: boolean

  constructor(options: HttpClientOptions) {
    this.url = options.url.replace(/(?<!\/)\/+$/, '')
    this.authorization = options.key === undefined ? undefined : basicAuthorization(options.key)
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT
    this.#secure = this.url.startsWith('https:')
    this.#agent = this.#secure ? new HttpsAgent({ keepAlive: true, ...trustOf(this.url) }) : new HttpAgent({ keepAlive: true })
  }

  /**
   * Makes a request under `/api/v1` and returns the response, its body not yet read, if its status is 2xx or 304.
   * @throws Fault with the server's code and sentence; Unreachable when there was no answer
   */
  async open(method: string, path: string, call: Call = {}): Promise<IncomingMessage> {
    const retriable = !isStream(call.body)
    const response = await this.#exchange(method, path, call, retriable)
    const status = response.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304) return response
    const fault = await faultOf(response, this.url)
    // The server does not read a refused upload to its end; drop the connection instead of waiting.
    if (!retriable) response.destroy()
    throw fault
  }

  /** The JSON answer of a request. An answer of `{"status": "error"}` with status 200, as the old API gives it, is a Fault too. */
  async json(method: string, path: string, call: Call = {}): Promise<unknown> {
    const bytes = await this.bytes(method, path, call)
    const answer = parseJson(bytes.toString('utf8'))
    if (answer === undefined) throw new Fault('internal', `${this.url} did not answer with JSON; is it a rhizo server?`)
    if (isObject(answer) && answer.status === 'error') {
      const message = typeof answer.message === 'string' ? answer.message : 'The server refused without saying why.'
      throw new Fault(/already exists/i.test(message) ? 'conflict' : 'invalid', message)
    }
    return answer
  }

  async bytes(method: string, path: string, call: Call = {}): Promise<Buffer> {
    return readAll(await this.open(method, path, call), MAX_ANSWER_BYTES)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #exchange(method: string, path: string, call: Call, retriable: boolean): Promise<IncomingMessage> {
    for (let attempt = 0; ; attempt++) {
      const { request, answered } = this.#send(method, path, call)
      try {
        return await answered
      } catch (error) {
        // The server may close a kept connection just when it is used; this does not mean that the server is gone.
        const stale = request.reusedSocket && (errorCode(error) === 'ECONNRESET' || errorCode(error) === 'EPIPE')
        if (stale && retriable && attempt === 0) continue
        if (error instanceof Fault || call.signal?.aborted === true) throw error
        throw new Unreachable(`${this.url} is out of reach: ${reasonOf(error)}`, error)
      }
    }
  }

  #send(method: string, path: string, call: Call): { request: ClientRequest; answered: Promise<IncomingMessage> } {
    const body = call.json === undefined ? call.body : JSON.stringify(call.json)
    const headers: Record<string, string> = { accept: 'application/json, */*', 'user-agent': `rhizo/${VERSION}`, ...call.headers }
    if (this.authorization !== undefined) headers.authorization = this.authorization
    if (call.json !== undefined) headers['content-type'] = 'application/json'
    else if (call.contentType !== undefined) headers['content-type'] = call.contentType
    if (typeof body === 'string' || Buffer.isBuffer(body)) headers['content-length'] = String(Buffer.byteLength(body))
    else if (body !== undefined && call.length !== undefined) headers['content-length'] = String(call.length)
    else if (body === undefined && method !== 'GET' && method !== 'DELETE') headers['content-length'] = '0'
    const send = this.#secure ? httpsRequest : httpRequest
    const request = send(`${this.url}/api/v1${path}${queryText(call.query)}`, {
      method,
      headers,
      agent: this.#agent,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    })
    let response: IncomingMessage | undefined
    const timeout = call.timeout ?? this.#timeout
    request.setTimeout(timeout, () => {
      // Silence is ours, not the server's, while a streamed body has nothing to send, or the response is not being read.
      const isOurs = (isStream(body) && !body.readableEnded && request.writableLength === 0) || (response?.readableLength ?? 0) > 0
      if (isOurs) request.setTimeout(timeout)
      else request.destroy(new Error(`no answer within ${Math.round(timeout / 1000)} s`))
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', (arrived) => resolve((response = arrived)))
      request.on('error', reject)
      if (!isStream(body)) request.end(body)
      // A reply may arrive before the whole body was sent (413, 401), and the server then closes: wait for the reply, which is what counts.
      else
        pipeline(body, request).catch((error: unknown) =>
          isSocketError(error) ? setTimeout(() => reject(asError(error)), 250) : reject(asError(error)),
        )
    })
    return { request, answered }
  }
}

const isStream = (body: Call['body']): body is Readable => typeof body === 'object' && !Buffer.isBuffer(body)

export function basicAuthorization(key: string, version = `rhizo-${VERSION}`): string {
  return `Basic ${Buffer.from(`${version}:${key}`).toString('base64')}`
}

/** `/org/a b` → `/org/a%20b` */
export const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

export function queryText(query: Record<string, QueryValue> | undefined): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === false) continue
    parameters.set(name, value === true ? '1' : String(value))
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}

/** @throws Fault too_large when there is more than `limit` bytes; Unreachable when the connection breaks midway */
export async function readAll(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) throw new Fault('too_large', `The answer is larger than ${limit} bytes; ask for less at once.`)
      chunks.push(chunk)
    }
  } catch (error) {
    throw brokenOff(error)
  }
  return Buffer.concat(chunks)
}

/** The error that the caller should get when an answer breaks off. */
export function brokenOff(error: unknown): Error {
  if (error instanceof Fault) return error
  return isSocketError(error) ? new Unreachable(`The connection broke off: ${reasonOf(error)}`, error) : asError(error)
}

async function faultOf(response: IncomingMessage, url: string): Promise<Fault> {
  const status = response.statusCode ?? 0
  const bytes = await readAll(response, 1_000_000).catch(() => Buffer.alloc(0))
  if (status >= 300 && status < 400) {
    const target = response.headers.location ?? 'elsewhere'
    return new Fault('invalid', `${url} redirects to ${target}; give the server by that address.`)
  }
  const answer = parseJson(bytes.toString('utf8'))
  const message =
    isObject(answer) && typeof answer.message === 'string'
      ? answer.message
      : `The server answered ${status} ${response.statusMessage ?? ''}`.trim()
  if (status === 502 || status === 504) return new Unreachable(`${url} is out of reach: ${message}`)
  const seconds = Number(response.headers['retry-after'])
  return new Fault(faultCodeOf(status), message, Number.isFinite(seconds) && seconds > 0 ? { retryAfter: seconds } : {})
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))

const errorCode = (error: unknown): string | undefined => (isObject(error) && typeof error.code === 'string' ? error.code : undefined)

const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
])

export const isSocketError = (error: unknown): boolean =>
  SOCKET_ERRORS.has(errorCode(error) ?? '') || (error instanceof Error && error.message === 'aborted')

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name lookup failed',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no network',
}

export function reasonOf(error: unknown): string {
  const code = errorCode(error)
  if (code !== undefined && REASONS[code] !== undefined) return REASONS[code]
  // With happy eyeballs, all addresses of a name were refused.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
