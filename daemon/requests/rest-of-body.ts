/** What becomes of a body that its reply does not wait for. */
import type { IncomingMessage } from 'node:http'

/** Most that is read and dropped, in bytes, and for how long, in milliseconds. */
const MOST_BYTES = 16_000_000
const MOST_MS = 10_000
/** How long nothing may come, in milliseconds: the client is not sending then. */
const IDLE_MS = 500

/**
 * Reads and drops what is still coming, within bounds: a connection that is closed with bytes unread is reset, and with it the reply is
 * lost to a client that is still sending. Source: RFC 9112, section 9.6. A connection whose body did not end is closed after the reply.
 */
export async function dropRest(incoming: IncomingMessage, response: Response): Promise<Response> {
  if (!incoming.complete && !incoming.destroyed) await untilQuiet(incoming)
  if (!incoming.complete) response.headers.set('connection', 'close')
  return response
}

function untilQuiet(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    const end = (): void => {
      clearTimeout(total)
      clearTimeout(idle)
      incoming.off('data', drop).off('end', end).off('close', end).off('error', end)
      resolve()
    }
    const drop = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > MOST_BYTES) end()
      else idle.refresh()
    }
    const total = setTimeout(end, MOST_MS)
    const idle = setTimeout(end, IDLE_MS)
    incoming.on('data', drop).on('end', end).on('close', end).on('error', end)
    incoming.resume()
  })
}
