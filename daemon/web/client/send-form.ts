/** Sends a form with a file to the API, with progress, and signs in again when the session has ended. */
import type { FaultChoice } from '../../../src/base/fault.ts'
import { ApiError, currentCsrfToken, shouldRetry } from './api.ts'

/**
 * @param path below `/api/v1`, escaped
 * @param signal gives the request up
 * @returns the server's answer
 * @throws ApiError; 409 when the name is taken
 */
export async function sendForm<T = unknown>(
  method: 'POST' | 'PUT',
  path: string,
  form: FormData,
  bar: HTMLProgressElement,
  signal?: AbortSignal,
): Promise<T> {
  const first = await send(method, path, form, bar, signal)
  const isRetried =
    (first.status === 401 || first.status === 403) && (await shouldRetry(new Response(null, { status: first.status }), method))
  const { status, text } = isRetried ? await send(method, path, form, bar, signal) : first
  const answer = parse(text)
  const isError = answer['status'] === 'error'
  if (status >= 200 && status < 300 && !isError) return answer as T
  const { message } = answer
  throw new ApiError(
    status === 200 ? 409 : status,
    isError && typeof message === 'string' ? message : `The server refused it (${status}).`,
    answer['choice'] as FaultChoice | undefined,
  )
}

/** Uses XMLHttpRequest, because only it reports the progress of an upload. */
function send(
  method: string,
  path: string,
  form: FormData,
  bar: HTMLProgressElement,
  signal: AbortSignal | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, `/api/v1${path}`)
    request.setRequestHeader('x-csrf-token', currentCsrfToken())
    request.upload.addEventListener('progress', ({ loaded, total }) => (bar.value = total === 0 ? 1 : loaded / total))
    request.addEventListener('load', () => resolve({ status: request.status, text: request.responseText }))
    request.addEventListener('error', () =>
      reject(new ApiError(0, 'The connection broke off; nothing of this file was stored. Try again when the server is back.')),
    )
    signal?.addEventListener('abort', () => {
      request.abort()
      reject(new DOMException('It was given up.', 'AbortError'))
    })
    request.send(form)
  })
}

/** The members of an answer; none where it is no object. */
function parse(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? { ...json } : {}
  } catch {
    return {}
  }
}
