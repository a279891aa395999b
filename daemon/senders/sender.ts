/** What a sender is: it tries to give a message to those who wait for it, and tells for each what came of it. */
import type { Context } from '../../src/context.ts'
import type { Delivery, OutgoingMessage } from '../../src/notifications/delivery.ts'

/** Ends when every waiting recipient was told of, or early when the signal aborts; what is not told of is tried again. */
export type Sender = (
  ctx: Context,
  message: OutgoingMessage,
  signal: AbortSignal,
) => AsyncIterable<readonly [recipient: string, delivery: Delivery]>

export const delivered: Delivery = { state: 'delivered' }
export const refused = (reason: string): Delivery => ({ state: 'refused', reason: shorten(reason) })
export const deferred = (reason: string): Delivery => ({ state: 'deferred', reason: shorten(reason) })

/**
 * A signal that aborts with another one, or when the time is over; `end` is called when nobody waits any more. The timer of
 * AbortSignal.timeout may be garbage-collected, and never fire, when nothing but AbortSignal.any refers to it.
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

/** One line of what may be a server's essay. */
function shorten(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`
}

/** Why a request by fetch failed, in words: its own message says only that it did. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message
}
