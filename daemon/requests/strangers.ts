/** What callers may take of the server who have not said who they are: connections, turns of the event loop and memory. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:tls'
import type { Socket } from 'node:net'
import type { Context } from '../../src/context.ts'
import { isInNetworks } from '../../src/base/networks.ts'
import { Turns } from '../../src/base/turns.ts'
import { KnownConnections } from './known-connections.ts'
import { ReadingTurns } from './reading-turns.ts'
import { SharedMemory, type Share } from './shared-memory.ts'
import { StrangerConnections } from './stranger-connections.ts'

/** Most connections of strangers by HTTP, from everywhere. */
const MOST_HTTP = 1_000
/** Most connections that agree on a key at a time. */
const MOST_HANDSHAKES = 100
/** Milliseconds of the event loop for the requests of all strangers between two of its turns. */
const SLICE_MS = 2
/** Turns of the loop between two slices: each of them takes one connection of the many that may wait to be taken. */
const TURNS_BETWEEN = 16

/** Frees what has come of a body that nobody reads. @returns how many bytes */
export function dropArrived(incoming: IncomingMessage, share: Share): number {
  const chunk = incoming.read() as Buffer | null
  if (chunk === null) return 0
  const { length } = chunk
  share.free(chunk)
  return length
}

/** Whether all of it went out, or came. */
const isDone = (message: ServerResponse | IncomingMessage): boolean =>
  'writableFinished' in message ? message.writableFinished : message.complete

export interface StrangersOptions {
  /** Of all of their requests together. */
  readonly turns?: Turns
  /** Called when many are connected by HTTP, and when they are few again. */
  readonly onCrowd?: ((isCrowded: boolean) => void) | undefined
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
  readonly #turns: Turns

  constructor({ MAX_CONNECTIONS }: { readonly MAX_CONNECTIONS: number }, { turns, onCrowd }: StrangersOptions = {}) {
    this.#turns = turns ?? new Turns({ longest: SLICE_MS, between: TURNS_BETWEEN })
    this.acquaintances = new KnownConnections(MAX_CONNECTIONS)
    this.sockets = new StrangerConnections({ most: Math.max(1, Math.min(MOST_HTTP, MAX_CONNECTIONS)), onCrowd })
  }

  /** The caller of a connection has said who they are. */
  known(socket: Socket, caller: string): void {
    this.sockets.known(socket)
    this.reading.known(socket)
    this.acquaintances.heard(socket, caller)
  }

  /**
   * The turns of strangers, which all of their requests together take, as one of these does: when its connection ends, it waits no longer.
   * @param message the answer that somebody waits for, or the body that is read
   */
  turnsFor(message: ServerResponse | IncomingMessage): Turns {
    const turns = this.#turns.of('')
    message.once('close', () => {
      if (!isDone(message)) turns.leave()
    })
    return turns
  }

  /**
   * Waits until the request of a stranger may be handled: however many ask, the loop serves those who are known in between. What has come
   * of its body counts meanwhile.
   * @throws Fault when the connection ended meanwhile, so that there is nobody to answer
   */
  async takeTurn(turns: Turns, incoming: IncomingMessage, share: Share): Promise<void> {
    if (!turns.isOver()) return
    const letGo = (): void => void dropArrived(incoming, share)
    share.onCut(() => {
      letGo()
      incoming.socket.destroy()
    })
    incoming.once('close', letGo)
    // What came along with the headers is taken in after this call.
    queueMicrotask(() => share.hold(incoming.readableLength))
    await turns.next()
    incoming.off('close', letGo)
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

  /** Ends connections that agree on a key still: the server stops. */
  endHandshakes(): void {
    this.#handshakes.end()
  }
}

/** @returns undefined for a proxy's, which stands for many callers */
function strangersAddress({ settings }: Context, { remoteAddress = '' }: Socket): string | undefined {
  const address = remoteAddress.replace(/^::ffff:/, '')
  return isInNetworks(address, settings.trustedProxies) ? undefined : address
}
