/** How fast messages go onto a socket until the time is up: as fast as it takes them, or with a bounded number unacknowledged. */
import type { Socket } from 'node:net'

/**
 * @param pool written in turn @param acked ends a wait for the socket, which a broken one would never let go on @returns how many were
 * written
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
  /** Says that one of the messages was acknowledged. */
  readonly acknowledge: () => void
  /** How many were sent, all of them acknowledged. */
  readonly done: Promise<number>
}

/** Begins to write, with `window` messages unacknowledged at any time. @param pool written in turn */
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
    // One write for all the acknowledgements of one read.
    scheduled = true
    setImmediate(refill)
  }
  refill()
  return { acknowledge, done }
}
