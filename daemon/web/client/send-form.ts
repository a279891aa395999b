/** Sends a form with a file to the API, with progress, and signs in again when the session has ended. */
import { ApiError, currentCsrfToken, shouldRetry } from './api.ts'

/**
 * @param path below `/api/v1`, escaped
 * @throws ApiError; 409 when the name is taken
 */
export async function sendForm(method: 'POST' | 'PUT', path: string, form: FormData, bar: HTMLProgressElement): Promise<void> {
  const first = await send(method, path, form, bar)
  const isRetried =
    (first.status === 401 || first.status === 403) && (await shouldRetry(new Response(null, { status: first.status }), method))
  const { status, text } = isRetried ? await send(method, path, form, bar) : first
  const message = messageOf(text)
  if (status >= 200 && status < 300 && message === undefined) return
  throw new ApiError(status === 200 ? 409 : status, message ?? `The server refused it (${status}).`)
}

/** Uses XMLHttpRequest, because only it reports the progress of an upload. */
function send(method: string, path: string, form: FormData, bar: HTMLProgressElement): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(method, `/api/v1${path}`)
    request.setRequestHeader('x-csrf-token', currentCsrfToken())
    request.upload.addEventListener('progress', ({ loaded, total }) => (bar.value = total === 0 ? 1 : loaded / total))
    request.addEventListener('load', () => resolve({ status: request.status, text: request.responseText }))
    request.addEventListener('error', () =>
      reject(new ApiError(0, 'The connection broke off; nothing of this file was stored. Try again when the server is back.')),
    )
    request.send(form)
  })
}

/** The message of an error; undefined if the answer is not an error. */
function messageOf(text: string): string | undefined {
  try {
    const { status, message } = JSON.parse(text) as { status?: string; message?: string }
    return status === 'error' ? (message ?? 'The server refused it.') : undefined
  } catch {
    return undefined
  }
}
