/** Asks an S3 server, over and over where that may help. It knows addresses, signatures and failures, and nothing of pieces. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { AwsV4Signer } from 'aws4fetch'
import { Fault } from '../../base/fault.ts'
import { explainFailure, explainRefusal, isPassing, readRefusal } from './s3-faults.ts'
import { joinPath } from './s3-keys.ts'
import { addressOf, type S3Place } from './s3-place.ts'

const EMPTY = new Uint8Array()
/** No more of an answer that says what went wrong is read, in bytes. */
const MOST_OF_REFUSAL = 65_536

export interface Patience {
  /** How often something is asked in all. */
  readonly attempts: number
  /** Until the second attempt, in ms; twice as long before each other one. */
  readonly pauseMs: number
  /** How long a server may take to begin its answer, or to go on with it, in ms. */
  readonly answerMs: number
  /** The slowest network that is put up with while something is sent, in bytes a second. */
  readonly slowest: number
}

export const PATIENCE: Patience = { attempts: 5, pauseMs: 250, answerMs: 30_000, slowest: 20_000 }

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** Below the place's prefix; undefined: the bucket itself. */
  readonly key?: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Answers with these are given back like those that worked. A 404 counts only when it is not the bucket that is missing. */
  readonly accept?: readonly number[]
  /** Ends the request, and what is read of its answer. */
  readonly signal?: AbortSignal
}

export interface S3Answer {
  readonly status: number
  readonly headers: Headers
  /** Of a GET that worked, for the caller to read or to cancel; undefined otherwise. */
  readonly body: ReadableStream<Uint8Array> | undefined
  /** What was answered, except to such a GET. */
  readonly text: string
}

export class S3Client {
  readonly place: S3Place
  readonly #patience: Patience
  /** ms since 1970. */
  readonly #now: () => number
  #signer: Promise<typeof AwsV4Signer> | undefined
  /** Keys for signatures, by day. */
  readonly #cache = new Map<string, ArrayBuffer>()

  constructor(place: S3Place, patience: Patience = PATIENCE, now: () => number = Date.now) {
    this.place = place
    this.#patience = patience
    this.#now = now
  }

  get patience(): Patience {
    return this.#patience
  }

  /** @throws Fault busy, saying what is wrong and what to do */
  async request(request: S3Request): Promise<S3Answer> {
    const { attempts, pauseMs } = this.#patience
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts
      try {
        return await this.#ask(request, isLast)
      } catch (error) {
        if (error instanceof Fault || isLast || request.signal?.aborted === true) throw this.explain(error)
      }
      // Not all who wait come back at the same moment.
      await pause(pauseMs * 2 ** (attempt - 1) * (0.5 + Math.random()))
    }
  }

  /** @returns for what was thrown while the server was asked, or its answer read, a Fault that says what to do */
  explain(error: unknown): Fault {
    return error instanceof Fault ? error : explainFailure(this.place, error)
  }

  /** An address with which anybody can fetch an object, for a while. @param seconds how long it works */
  async link(key: string, seconds: number, query: Readonly<Record<string, string>>): Promise<string> {
    const Signer = await this.#loadSigner()
    const url = addressOf(this.place, joinPath(this.place.prefix, key), { ...query, 'X-Amz-Expires': String(seconds) })
    const signed = await new Signer({ ...this.#credentials(), url: url.href, method: 'GET', signQuery: true }).sign()
    // As it was signed: URL has other ideas of spaces, quotes and asterisks.
    const search = [...signed.url.searchParams].map((pair) => pair.map(encodeStrictly).join('='))
    return `${signed.url.origin}${signed.url.pathname}?${search.join('&')}`
  }

  /** @throws Fault what asking again can't help; any other error may pass */
  async #ask({ method, key, query = {}, headers = {}, body = EMPTY, accept = [], signal }: S3Request, isLast: boolean): Promise<S3Answer> {
    const Signer = await this.#loadSigner()
    const url = addressOf(this.place, key === undefined ? '' : joinPath(this.place.prefix, key), query)
    const hasBody = method === 'PUT' || method === 'POST'
    const signed = await new Signer({
      ...this.#credentials(),
      url: url.href,
      method,
      headers: {
        ...headers,
        // The server compares both with what it receives.
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
        ...(hasBody && body.length > 0 ? { 'content-md5': createHash('md5').update(body).digest('base64') } : {}),
      },
    }).sign()
    const { answerMs, slowest } = this.#patience
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(new DOMException('no answer', 'TimeoutError')), answerMs + (body.length / slowest) * 1000)
    try {
      const response = await fetch(signed.url, {
        method,
        headers: signed.headers,
        ...(hasBody ? { body } : {}),
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
      })
      const { status } = response
      if (response.ok && method === 'GET' && key !== undefined && response.body)
        return { status, headers: response.headers, body: response.body, text: '' }
      const text = await readText(response, response.ok ? Number.POSITIVE_INFINITY : MOST_OF_REFUSAL)
      const answer = { status, headers: response.headers, body: undefined, text }
      // Some tell of a failure after they began to answer that all is well.
      if (response.ok && !/<Error>/.test(text.slice(0, 500))) return answer
      const refusal = readRefusal(response.ok ? 500 : status, response.headers, text)
      if (accept.includes(status) && refusal.code !== 'NoSuchBucket') return answer
      const fault = explainRefusal(this.place, refusal, this.#now())
      if (isPassing(refusal) && !isLast) throw new Error(fault.message)
      throw fault
    } finally {
      clearTimeout(timer)
    }
  }

  #credentials(): ConstructorParameters<typeof AwsV4Signer>[0] {
    const { accessKey, secretKey, region } = this.place
    return {
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      region,
      service: 's3',
      cache: this.#cache,
      datetime: new Date(this.#now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      url: '',
    }
  }

  /** Loaded when a bucket is first used. */
  #loadSigner(): Promise<typeof AwsV4Signer> {
    this.#signer ??= import('aws4fetch').then(
      (library) => library.AwsV4Signer,
      (error: unknown) => {
        this.#signer = undefined
        throw new Fault('busy', 'The package aws4fetch is not installed, and buckets need it: "npm install aws4fetch" beside the server.', {
          cause: error,
        })
      },
    )
    return this.#signer
  }
}

/** RFC 3986, to the letter. */
const encodeStrictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** @param most bytes, beyond which the rest is not read */
async function readText(response: Response, most: number): Promise<string> {
  if (!response.body) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= most) break
  }
  return Buffer.concat(chunks).toString()
}
