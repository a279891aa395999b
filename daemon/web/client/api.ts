/**
 * Calls of the API from pages: with the session's CSRF token, errors in the server's words, and signing in again when the session has
 * ended.
 */
import type { FaultChoice } from '../../../src/base/fault.ts'
import { seek } from './dom.ts'
import { signInAgain } from './sign-in-again.ts'

export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status; 0 when the server was not reached. */
  readonly status: number
  /** What may be chosen between, where something was left open. */
  readonly choice: FaultChoice | undefined

  constructor(status: number, message: string, choice?: FaultChoice) {
    super(message)
    this.status = status
    this.choice = choice
  }
}

let csrfToken = seek('meta[name="csrf-token"]', HTMLMetaElement)?.content ?? ''

/** For requests that are made elsewhere (uploads with progress). */
export const currentCsrfToken = (): string => csrfToken

export type Parameters = Readonly<Record<string, unknown>>

/**
 * @param path below `/api/v1`, escaped: `/resources/org/folder`
 * @param parameters the query of a GET or DELETE, a JSON body otherwise
 * @throws ApiError
 */
export async function call<T = unknown>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  parameters?: Parameters,
  signal?: AbortSignal,
): Promise<T> {
  const response = await send(method, path, parameters, signal)
  const answer = (await shouldRetry(response, method)) ? await send(method, path, parameters, signal) : response
  try {
    return await read<T>(answer)
  } catch (error) {
    // The server's sentence, which old clients rely on, names nothing.
    const name = parameters?.['name']
    if (error instanceof ApiError && error.message === NAME_TAKEN && typeof name === 'string')
      throw new ApiError(error.status, `There is “${name}” already. Choose another name.`)
    throw error
  }
}

const NAME_TAKEN = 'Resource already exists.'

export const get = <T = unknown>(path: string, parameters?: Parameters, signal?: AbortSignal): Promise<T> =>
  call<T>('GET', path, parameters, signal)

/**
 * The headers of what a GET answers with, of which nothing more is read: to see that a download will begin before it does.
 * @param path below `/api/v1`, with its query
 * @throws ApiError
 */
export async function checkGet(path: string): Promise<Headers> {
  const abort = new AbortController()
  const response = await send('GET', path, undefined, abort.signal)
  if (await shouldRetry(response, 'GET')) return checkGet(path)
  if (!response.ok) await read(response)
  abort.abort()
  return response.headers
}

async function send(method: string, path: string, parameters: Parameters | undefined, signal: AbortSignal | undefined): Promise<Response> {
  const isQuery = method === 'GET' || method === 'DELETE'
  const query =
    isQuery && parameters
      ? new URLSearchParams(
          Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, asText(value)]])),
        ).toString()
      : ''
  try {
    return await fetch(`/api/v1${path}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: { ...(method === 'GET' ? {} : { 'x-csrf-token': csrfToken }), ...(isQuery ? {} : { 'content-type': 'application/json' }) },
      ...(isQuery ? {} : { body: JSON.stringify(parameters ?? {}) }),
      ...(signal ? { signal } : {}),
      credentials: 'same-origin',
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError(0, 'The server was not reached. Check the network, then try again: nothing was changed.')
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

async function read<T>(response: Response): Promise<T> {
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    if (response.ok) return text as T
    throw new ApiError(response.status, `The server answered with an error (${response.status}).`)
  }
  // An existing name is answered with 200 and an error, which old clients rely on.
  if (!response.ok || isError(json))
    throw new ApiError(response.ok ? 409 : response.status, messageOf(json) ?? `The server answered with an error (${response.status}).`)
  return json as T
}

const isError = (json: unknown): boolean =>
  typeof json === 'object' && json !== null && 'status' in json && json.status === 'error' && 'message' in json
const messageOf = (json: unknown): string | undefined =>
  typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string' ? json.message : undefined

/**
 * Call it after a refusal: whether the session had ended or changed and is valid again, so that the request should be repeated. Nothing
 * that was typed is lost.
 */
export async function shouldRetry(response: Response, method: string): Promise<boolean> {
  if ((response.status !== 403 && response.status !== 401) || csrfToken === '') return false
  const fresh = await readCsrfToken()
  if (fresh === undefined) {
    const token = await signInAgain()
    if (token === undefined) return false
    csrfToken = token
    return true
  }
  if (fresh === csrfToken || method === 'GET') return false
  csrfToken = fresh
  return true
}

/** undefined: the visitor is no longer signed in. */
async function readCsrfToken(): Promise<string | undefined> {
  const response = await fetch('/api/v1/sessions', { credentials: 'same-origin' }).catch(() => undefined)
  if (!response) return csrfToken
  if (!response.ok) return undefined
  const { csrf_token: token } = (await response.json()) as { csrf_token?: string }
  return token
}
