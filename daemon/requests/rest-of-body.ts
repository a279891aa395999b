/** What becomes of a body that its reply does not wait for. */
import type { IncomingMessage } from 'node:http'
import type { Turns } from '../../src/base/turns.ts'
import type { Share } from './shared-memory.ts'
import { dropArrived, type Strangers } from './strangers.ts'

/** Most that is read and dropped, in bytes, and for how long, in milliseconds. */
const MOST_BYTES = 16_000_000
const MOST_MS = 10_000
/** How long nothing may come, in milliseconds: the client is not sending then. */
const IDLE_MS = 500

/**
 * Reads and drops what is still coming, within bounds: a connection that is closed with bytes unread is reset, and with it the reply is
 * lost to a client that is still sending. Source: RFC 9112, section 9.6. A connection whose body did not end is closed after the reply.
 */
export async function dropRest(incoming: IncomingMessage, response: Response, strangers: Strangers): Promise<Response> {
  const isOver = incoming.complete || incoming.destroyed
  if (strangers.sockets.has(incoming.socket)) await dropOfStranger(incoming, strangers, isOver)
  else if (!isOver)
    await untilQuiet(incoming, (count) => {
      const drop = (chunk: Buffer): void => count(chunk.length)
      incoming.on('data', drop).resume()
      return () => incoming.off('data', drop)
    })
  if (!incoming.complete) response.headers.set('connection', 'close')
  return response
}

/** What strangers send takes turns, counts while it waits for its own, and is freed at once. */
async function dropOfStranger(incoming: IncomingMessage, strangers: Strangers, isOver: boolean): Promise<void> {
  if (isOver && incoming.readableLength === 0) return
  const share = strangers.memory.share()
  share.onCut(() => incoming.socket.destroy())
  if (!isOver)
    await untilQuiet(incoming, (count, end) => {
      const turns = strangers.turnsFor(incoming)
      const drop = (): void => void dropInTurn(turns, incoming, share).then(count, end)
      incoming.pause().on('readable', drop)
      drop()
      return () => incoming.off('readable', drop)
    })
  dropArrived(incoming, share)
  share.release()
}

/** Drops what has come, at its turn. @returns how many bytes */
async function dropInTurn(turns: Turns, incoming: IncomingMessage, share: Share): Promise<number> {
  share.hold(incoming.readableLength)
  await turns.pause()
  const bytes = dropArrived(incoming, share)
  share.hold(0)
  return bytes
}

type Count = (bytes: number) => void

/** @param listen begins to drop and to count what is dropped; returns what ends it */
function untilQuiet(incoming: IncomingMessage, listen: (count: Count, end: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    let isOver = false
    let hush = (): unknown => undefined
    const end = (): void => {
      isOver = true
      clearTimeout(total)
      clearTimeout(idle)
      hush()
      incoming.off('end', end).off('close', end).off('error', end)
      resolve()
    }
    const total = setTimeout(end, MOST_MS)
    // Where the loop was held for so long, what came in the meantime is still to be read.
    const idle = setTimeout(() => {
      const before = bytes
      setImmediate(() => {
        if (isOver) return
        if (bytes === before) end()
        else idle.refresh()
      })
    }, IDLE_MS)
    incoming.on('end', end).on('close', end).on('error', end)
    hush = listen((more) => {
      bytes += more
      if (bytes > MOST_BYTES) end()
      else idle.refresh()
    }, end)
  })
}
