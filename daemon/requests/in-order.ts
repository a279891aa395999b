/**
 * Requests of one connection are handled one after the other, in the order in which they came, as they are answered: a client that sends
 * hundreds without waiting for answers would have all of them worked on at once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Most requests that wait behind another one of a caller who sends no credentials: browsers send one at a time. */
const MOST_OF_STRANGER = 8
/** Waiting requests past which nothing more is read from the connection. */
const MANY = 64

interface Line {
  /** Of the request that came last. */
  last: ServerResponse
  waiting: number
  isEnded: boolean
  readonly wakes: Set<() => void>
}

export class InOrder {
  readonly #lines = new WeakMap<Socket, Line>()

  /**
   * Waits until the requests that came before on the same connection have been answered.
   * @returns false when the connection ended meanwhile, or ends with the last answer: there is nobody to answer
   */
  ready(incoming: IncomingMessage, outgoing: ServerResponse): Promise<boolean> | true {
    const { socket } = incoming
    const line = this.#lines.get(socket)
    if (!line) {
      this.#begin(socket, outgoing)
      return true
    }
    const before = line.last
    line.last = outgoing
    return before.closed ? true : this.#wait(line, before, incoming)
  }

  /** Whether a request of the connection is being handled or answered. */
  isBusy(socket: Socket): boolean {
    return this.#lines.get(socket)?.last.closed === false
  }

  #begin(socket: Socket, last: ServerResponse): void {
    const line: Line = { last, waiting: 0, isEnded: false, wakes: new Set() }
    this.#lines.set(socket, line)
    socket.once('close', () => {
      line.isEnded = true
      for (const wake of line.wakes) wake()
    })
  }

  async #wait(line: Line, before: ServerResponse, { socket, headers }: IncomingMessage): Promise<boolean> {
    line.waiting++
    const isStrange = headers.authorization === undefined && headers.cookie === undefined
    if (isStrange && line.waiting > MOST_OF_STRANGER) socket.destroy()
    if (line.waiting > MANY) socket.pause()
    await new Promise<void>((wake) => {
      line.wakes.add(wake)
      before.once('close', () => {
        line.wakes.delete(wake)
        wake()
      })
    })
    if (--line.waiting === MANY) socket.resume()
    return !line.isEnded && before.shouldKeepAlive
  }
}
