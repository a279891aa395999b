/**
 * Connections of callers who have not said who they are. They are counted apart from those of callers who have, so that they can't take
 * their places; past the count the one that has been quiet for longest is ended, so that silent ones don't keep anybody out.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Server as TlsServer } from 'node:tls'
import type { Socket } from 'node:net'
import type { Context } from '../../src/context.ts'
import { isInNetworks, subscriberNetwork } from '../../src/base/networks.ts'
import { Turns } from '../../src/base/turns.ts'
import { KnownConnections } from './known-connections.ts'
import { ReadingTurns } from './reading-turns.ts'
import { SharedMemory, type Share } from './shared-memory.ts'

/** Most connections of strangers by HTTP, from everywhere. */
const MOST_HTTP = 1_000
/** Most of them that one address (of IPv6: one /64) keeps for longer than a moment. */
const MOST_OF_ADDRESS = 64
/** How long a connection is not counted against its address, in milliseconds: many callers may share one, and are done soon. */
const MOMENT_MS = 2_000
/** Most connections that agree on a key at a time. */
const MOST_HANDSHAKES = 100
/** Milliseconds of the event loop for the requests of all strangers between two of its turns. */
const SLICE_MS = 2
/** Turns of the loop between two slices: each of them takes one connection of the many that may wait to be taken. */
const TURNS_BETWEEN = 16

/** A connection, as far as it matters here. */
export interface Endable {
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}

interface Stranger {
  readonly address: string
  since: number
}

export interface StrangerConnectionsOptions {
  readonly most: number
  readonly mostOfAddress?: number
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
}

export class StrangerConnections {
  readonly #most: number
  readonly #mostOfAddress: number
  readonly #now: () => number
  /** The one that has been quiet for longest in front; those of each address too. */
  readonly #all = new Map<Endable, Stranger>()
  readonly #ofAddress = new Map<string, Set<Endable>>()

  constructor({ most, mostOfAddress = MOST_OF_ADDRESS, now = () => performance.now() }: StrangerConnectionsOptions) {
    this.#most = most
    this.#mostOfAddress = mostOfAddress
    this.#now = now
  }

  get size(): number {
    return this.#all.size
  }

  /** Whether it is counted: its caller has not said who they are. */
  has(connection: Endable): boolean {
    return this.#all.has(connection)
  }

  /** @param address undefined: it stands for many callers, as a proxy's does */
  add(connection: Endable, address: string | undefined): void {
    const key = address === undefined ? '' : subscriberNetwork(address)
    this.#insert(connection, { address: key, since: this.#now() })
    connection.once('close', () => this.#remove(connection))
    if (key !== '') this.#limitAddress(key)
    if (this.#all.size > this.#most) this.#endFirst(this.#all.keys())
  }

  /** It was heard, so that others are ended before it. */
  heard(connection: Endable): void {
    const stranger = this.#remove(connection)
    if (stranger) this.#insert(connection, { ...stranger, since: this.#now() })
  }

  /** Its caller has said who they are, or something else counts it from now on. */
  known(connection: Endable): void {
    this.#remove(connection)
  }

  #limitAddress(key: string): void {
    const those = this.#ofAddress.get(key)
    if (!those || those.size <= this.#mostOfAddress) return
    const [first] = those
    const stranger = first && this.#all.get(first)
    if (stranger && this.#now() - stranger.since >= MOMENT_MS) this.#endFirst(those.keys())
  }

  #endFirst(connections: Iterator<Endable>): void {
    const first = connections.next()
    if (first.done === true) return
    this.#remove(first.value)
    first.value.destroy()
  }

  #insert(connection: Endable, stranger: Stranger): void {
    this.#all.set(connection, stranger)
    const those = this.#ofAddress.get(stranger.address)
    if (those) those.add(connection)
    else this.#ofAddress.set(stranger.address, new Set([connection]))
  }

  #remove(connection: Endable): Stranger | undefined {
    const stranger = this.#all.get(connection)
    if (!stranger) return undefined
    this.#all.delete(connection)
    const those = this.#ofAddress.get(stranger.address)
    those?.delete(connection)
    if (those?.size === 0) this.#ofAddress.delete(stranger.address)
    return stranger
  }
}

/** Frees what has come of a body that nobody reads. @returns how many bytes */
export function dropArrived(incoming: IncomingMessage, share: Share): number {
  const chunk = incoming.read() as Buffer | null
  if (chunk === null) return 0
  const { length } = chunk
  share.free(chunk)
  return length
}

/** What strangers may take of the server, by all transports. */
export class Strangers {
  /** What of them the loop reads in each of its turns: every socket of a caller who has not said who they are, by all transports. */
  readonly reading = new ReadingTurns()
  readonly memory = SharedMemory.forStrangers(() => this.reading.read())
  /** Connections by HTTP. */
  readonly sockets: StrangerConnections
  /** Those whose callers have said who they are. */
  readonly acquaintances: KnownConnections
  readonly #handshakes = new StrangerConnections({ most: MOST_HANDSHAKES })
  readonly #turns = new Turns({ longest: SLICE_MS, between: TURNS_BETWEEN })
  /** The server as they meet it: whatever takes turns there takes theirs. */
  readonly #theirs = new WeakMap<Context, Context>()

  constructor({ MAX_CONNECTIONS }: { readonly MAX_CONNECTIONS: number }) {
    this.acquaintances = new KnownConnections(MAX_CONNECTIONS)
    this.sockets = new StrangerConnections({ most: Math.max(1, Math.min(MOST_HTTP, MAX_CONNECTIONS)) })
  }

  /** The caller of a connection has said who they are. */
  known(socket: Socket, caller: string): void {
    this.sockets.known(socket)
    this.reading.known(socket)
    this.acquaintances.heard(socket, caller)
  }

  /** The server for their requests: all that they ask for, together, gets the turns of strangers, and none of those who are known. */
  contextFor(ctx: Context): Context {
    let theirs = this.#theirs.get(ctx)
    if (!theirs) this.#theirs.set(ctx, (theirs = { ...ctx, turns: this.#turns }))
    return theirs
  }

  /**
   * Waits until the request of a stranger may be handled: however many ask, the loop serves those who are known in between. What has come
   * of its body counts meanwhile.
   * @returns false when the connection ended meanwhile, so that there is nobody to answer
   */
  async takeTurn(incoming: IncomingMessage, share: Share): Promise<boolean> {
    const { socket } = incoming
    if (!this.#turns.isOver()) return true
    const letGo = (): void => void dropArrived(incoming, share)
    share.onCut(() => {
      letGo()
      socket.destroy()
    })
    incoming.once('close', letGo)
    // What came along with the headers is taken in after this call.
    queueMicrotask(() => share.hold(incoming.readableLength))
    await this.#turns.next(() => socket.destroyed)
    incoming.off('close', letGo)
    return !socket.destroyed
  }

  /**
   * Drops what has come of the body of a stranger's request, at its turn.
   * @returns how many bytes
   */
  async dropInTurn(incoming: IncomingMessage, share: Share): Promise<number> {
    share.hold(incoming.readableLength)
    if (this.#turns.isOver()) await this.#turns.next(() => incoming.destroyed)
    const bytes = dropArrived(incoming, share)
    share.hold(0)
    return bytes
  }

  /**
   * Counts the connections of a server from their first moment.
   * @param isTls whether they agree on a key first: {@link watchHandshakes}
   */
  watch(ctx: Context, server: Server | TlsServer, isTls: boolean): void {
    if (isTls) this.watchHandshakes(ctx, server as TlsServer)
    server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.sockets.add(socket, strangersAddress(ctx, socket))
      this.reading.add(socket)
    })
    const heard = ({ socket }: IncomingMessage): void => {
      if (!this.sockets.has(socket)) return
      this.sockets.heard(socket)
      this.reading.read(socket)
    }
    server.on('request', heard).on('upgrade', (incoming: IncomingMessage) => {
      heard(incoming)
      this.acquaintances.left(incoming.socket)
    })
  }

  /** Counts connections that agree on a key. Few are at it at a time, as the beginning of each holds the loop for part of a millisecond. */
  watchHandshakes(ctx: Context, server: TlsServer): void {
    const shaking = new Map<string, Socket>()
    const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
    server.on('connection', (socket: Socket) => {
      this.#handshakes.add(socket, strangersAddress(ctx, socket))
      this.reading.add(socket)
      const name = nameOf(socket)
      shaking.set(name, socket)
      socket.once('close', () => shaking.get(name) === socket && shaking.delete(name))
    })
    server.on('secureConnection', (secured) => {
      const socket = shaking.get(nameOf(secured))
      if (!socket) return
      shaking.delete(nameOf(secured))
      this.#handshakes.known(socket)
      this.reading.known(socket)
      this.reading.read()
    })
  }
}

/** @returns undefined for a proxy's, which stands for many callers */
function strangersAddress({ settings }: Context, { remoteAddress = '' }: Socket): string | undefined {
  const address = remoteAddress.replace(/^::ffff:/, '')
  return isInNetworks(address, settings.trustedProxies) ? undefined : address
}
