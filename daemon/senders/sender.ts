/** A sender tries to deliver a message to its waiting recipients, and reports the result for each. */
import type { Context } from '../../src/context.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'

/**
 * Ends when there is a result for every waiting recipient, or early when the signal aborts; recipients without a result are tried again.
 */
export type Sender = (
  ctx: Context,
  message: OutgoingMessage,
  signal: AbortSignal,
) => AsyncIterable<readonly [recipient: string, delivery: Delivery]>

export const delivered: Delivery = { state: 'delivered' }
export const refused = (reason: string): Delivery => ({ state: 'refused', reason: shorten(reason) })
export const deferred = (reason: string): Delivery => ({ state: 'deferred', reason: shorten(reason) })

/**
 * A signal that aborts with another one, or after a time; call `end` when it is no longer needed. Not AbortSignal.timeout: its timer may be
 * garbage-collected, and never fire, if only AbortSignal.any refers to it.
 */
export function limitTime(signal: AbortSignal, milliseconds: number): { signal: AbortSignal; end: () => void } {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(new Error(`No answer within ${milliseconds / 1000} seconds.`)), milliseconds)
  const follow = (): void => limit.abort(signal.reason)
  if (signal.aborted) follow()
  signal.addEventListener('abort', follow, { once: true })
  return {
    signal: limit.signal,
    end: () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', follow)
    },
  }
}

/** Shortens a server's answer to one line. */
function shorten(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`
}

/** Why a request with fetch failed; fetch's own message says only that it did. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  // One for each address of a host.
  for (const tries of [error, cause])
    if (tries instanceof AggregateError && tries.errors[0] instanceof Error) return tries.errors[0].message
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
