/** Writes messages to a socket until the time is up: as fast as it takes them, or with a bounded number unacknowledged. */
import type { Socket } from 'node:net'

/**
 * @param pool written in turn @param acked ends a wait for the socket, which would never end on a broken one @returns how many were written
 */
export async function writeUntil(socket: Socket, pool: readonly Buffer[], until: number, acked: Promise<void>): Promise<number> {
  let sent = 0
  while (performance.now() < until) {
    if (!socket.write(pool[sent++ % pool.length] ?? Buffer.alloc(0)))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), acked])
  }
  return sent
}

export interface Conversation {
  /** Call it for each acknowledgement. */
  readonly acknowledge: () => void
  /** How many were sent, when all of them are acknowledged. */
  readonly done: Promise<number>
}

/** Begins to write, with at most `window` messages unacknowledged. @param pool written in turn */
export function converse(socket: Socket, pool: readonly Buffer[], window: number, until: number): Conversation {
  let resolve: (sent: number) => void = () => {}
  const done = new Promise<number>((settle) => (resolve = settle))
  let [sent, waiting, scheduled] = [0, 0, false]
  const refill = (): void => {
    scheduled = false
    if (performance.now() >= until) {
      if (waiting === 0) resolve(sent)
      return
    }
    const out: Buffer[] = []
    for (; waiting < window; waiting++) out.push(pool[sent++ % pool.length] ?? Buffer.alloc(0))
    if (out.length > 0) socket.write(Buffer.concat(out))
  }
  const acknowledge = (): void => {
    waiting--
    if (scheduled) return
    // One write for all acknowledgements of one read.
    scheduled = true
    setImmediate(refill)
  }
  refill()
  return { acknowledge, done }
}
