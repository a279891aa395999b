/** Requests of a page's script to the page's own server part. */
import { ApiError, shouldRetry } from '../api.ts'

/** Asks the user to sign in again when the session has ended. @throws ApiError */
export async function fetchOfPage<T>(address: string, signal?: AbortSignal): Promise<T> {
  const response = await send(address, signal)
  const isLost = isElsewhere(response) && (await shouldRetry(new Response(null, { status: 401 }), 'GET'))
  const answer = isLost ? await send(address, signal) : response
  if (answer.ok && !isElsewhere(answer)) return (await answer.json()) as T
  throw new ApiError(
    answer.status,
    answer.status === 404
      ? 'It is not there any more: it was deleted, renamed or moved.'
      : answer.status === 403 || isElsewhere(answer)
        ? 'You may not read that any more. Reload the page.'
        : `The server could not answer (${answer.status}). Try again.`,
  )
}

/** A user who is signed out is redirected to the sign-in page. */
const isElsewhere = (response: Response): boolean => response.redirected || response.status === 401

async function send(address: string, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(address, { credentials: 'same-origin', headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new ApiError(0, 'The server was not reached. Check the network, then try again.')
  }
}
