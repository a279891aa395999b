/** Connections of MQTT whose clients have not said who they are: how many there may be, and what they may send until they do. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Context } from '../../src/context.ts'
import { isInNetworks } from '../../src/base/networks.ts'
import { FrameGuard } from '../peers/frame-guard.ts'
import { StrangerConnections } from '../requests/stranger-connections.ts'
import type { Strangers } from '../requests/strangers.ts'
import { STRANGER_BYTES, type Share } from '../requests/shared-memory.ts'
import { guardSize, SizeGuard } from './size-guard.ts'

/** Most bytes of the packet by which a client says who it is. */
const MAX_CONNECT_SIZE = 16_384
const TOO_MUCH = `more than ${STRANGER_BYTES} bytes before the client has said who it is`

export class UnnamedStreams {
  readonly #ctx: Context
  readonly #strangers: Strangers
  readonly #connections: StrangerConnections
  /** What each of them holds of the memory for strangers. */
  readonly #shares = new Map<Duplex, Share>()
  readonly #sockets = new Map<Duplex, Socket>()

  constructor(ctx: Context, strangers: Strangers) {
    this.#ctx = ctx
    this.#strangers = strangers
    this.#connections = new StrangerConnections({ most: Math.ceil(ctx.settings.MAX_CONNECTIONS / 2) })
  }

  /**
   * Counts a connection, and guards what comes on it, from its first moment.
   * @param socket what is read for it
   */
  add(stream: Duplex, socket: Socket, address: string): void {
    const { MAX_FRAME_SIZE, trustedProxies } = this.#ctx.settings
    const share = this.#strangers.memory.share()
    share.onCut((fault) => stream.destroy(fault))
    this.#shares.set(stream, share)
    stream.once('close', () => this.named(stream))
    this.#sockets.set(stream, socket)
    // What came by HTTP is there already.
    if (stream === socket) this.#strangers.reading.add(socket)
    this.#connections.add(stream, isInNetworks(address, trustedProxies) ? undefined : address)
    let bytes = 0
    const follow = (more: number): string | undefined => {
      bytes += more
      share.hold(bytes)
      this.#strangers.reading.read(socket)
      return bytes > STRANGER_BYTES ? TOO_MUCH : undefined
    }
    guardSize(stream, new SizeGuard(MAX_FRAME_SIZE, MAX_CONNECT_SIZE), follow, () => !this.#shares.has(stream))
  }

  /** Takes over an HTTP connection that becomes a stream: what gathers in an unfinished frame counts too. */
  addUpgraded(stream: Duplex, socket: Socket, address: string): void {
    this.#strangers.sockets.known(socket)
    this.add(stream, socket, address)
    const guard = new FrameGuard()
    const follow = (chunk: Buffer): void => {
      const share = this.#shares.get(stream)
      if (!share) return void socket.off('data', follow)
      const waiting = guard.follow(chunk)
      if (waiting > STRANGER_BYTES) stream.destroy(new Error(TOO_MUCH))
      else if (waiting > 0) share.hold(waiting)
    }
    socket.on('data', follow)
  }

  /** The client of a connection has said who it is, or has gone. */
  named(stream: Duplex): void {
    this.#connections.known(stream)
    this.#shares.get(stream)?.release()
    this.#shares.delete(stream)
    const socket = this.#sockets.get(stream)
    if (socket) this.#strangers.reading.known(socket)
    this.#sockets.delete(stream)
  }
}
