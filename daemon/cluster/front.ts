/**
 * What clients of a daemon of a cluster meet: its ports are always open. Connections go to this daemon while it leads, and else to the
 * one that does; while nobody leads, they wait a while.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { Fault, conflict, invalid } from '../../src/base/fault.ts'
import type { Log } from '../../src/base/log.ts'
import type { Entrance, Protocol } from '../requests/entrance.ts'
import { StrangerConnections } from '../requests/stranger-connections.ts'
import { refusalBytes } from '../requests/upgrades.ts'
import { acceptLink, openLink, type Origin } from './link.ts'
import { joinSockets } from './pipes.ts'

/** How long a connection waits for a leader, in ms: longer than it takes another daemon to find that the leader is gone, and to begin. */
const PATIENCE_MS = 20_000
/** Between two attempts to reach the leader, in ms. */
const RETRY_MS = 200
/** How long a client that was refused may take to go, in ms. */
const LINGER_MS = 2_000
/** Connections at the port for other daemons that have not proved who they are, and of one address: the oldest are ended for new ones. */
const UNPROVED = { most: 200, mostOfAddress: 100 }
/** As many connections may wait to be taken as the system allows. */
const BACKLOG = 4_096

export interface FrontOptions {
  readonly log: Log
  /** Known to all daemons of the lab, and to nobody else. */
  readonly secret: string
  readonly listenAddress: string
  readonly httpPort: number
  /** Undefined: MQTT is served by WebSocket alone. */
  readonly mqttPort: number | undefined
  /** Where other daemons reach this one. */
  readonly inner: { readonly host: string; readonly port: number }
  /** Whether the daemon of this process may answer, see {@link Entrance}. */
  readonly mayAnswer: () => boolean | Promise<boolean>
  /** Most connections of clients at a time. */
  readonly mostConnections: number
  /** How long a connection waits for a leader, in ms. For tests. */
  readonly patienceMs?: number
}

type Take = (socket: Socket) => void

export class Front implements Entrance {
  readonly #options: FrontOptions
  readonly #takes = new Map<Protocol, Take>()
  readonly #ports = new Map<Protocol, number>()
  /** For clients. */
  readonly #servers: Server[] = []
  /** For other daemons. */
  #gate: Server | undefined
  /** Of clients, while this daemon does not serve them itself. */
  readonly #sockets = new Set<Socket>()
  /** Of clients, whoever serves them. */
  readonly #all = new Set<Socket>()
  /** Those that another daemon serves. */
  readonly #passedOn = new Set<Socket>()
  /** Those that this daemon serves itself. */
  readonly #handed = new Set<Socket>()
  /** Of other daemons. */
  readonly #admitted = new Set<Socket>()
  /** At the port for other daemons: a daemon proves who it is at once, so that those who only wait keep no other out. */
  readonly #unproved = new StrangerConnections(UNPROVED)
  #leader: string | undefined
  #isStopped = false
  /** Wakes those that wait. */
  #wake: () => void = () => {}
  #woken = new Promise<void>((resolve) => (this.#wake = resolve))
  #innerAddress = ''

  constructor(options: FrontOptions) {
    this.#options = options
  }

  /** HOST:PORT for the other daemons. */
  get innerAddress(): string {
    return this.#innerAddress
  }

  /** How many connections of clients there are. */
  get connections(): number {
    return this.#all.size
  }

  portOf(protocol: Protocol): number | undefined {
    return this.#ports.get(protocol)
  }

  /** @throws Fault conflict when a port is taken; invalid when this machine can't listen there */
  async start(): Promise<void> {
    const { listenAddress, httpPort, mqttPort, inner } = this.#options
    const options = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true }
    const gate = (this.#gate = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void this.#admit(socket)))
    const innerPort = await this.#listen(gate, inner.port, inner.host, 'CLUSTER_ADDRESS')
    this.#innerAddress = `${inner.host.includes(':') ? `[${inner.host}]` : inner.host}:${innerPort}`
    const http = createServer(options, (socket) => void this.#meet(socket, 'http'))
    this.#servers.push(http)
    this.#ports.set('http', await this.#listen(http, httpPort, listenAddress, 'PORT'))
    if (mqttPort === undefined) return
    const mqtt = createServer(options, (socket) => void this.#meet(socket, 'mqtt'))
    this.#servers.push(mqtt)
    this.#ports.set('mqtt', await this.#listen(mqtt, mqttPort, listenAddress, 'MQTT_TCP_PORT'))
  }

  open(protocol: Protocol, take: Take): number | undefined {
    this.#takes.set(protocol, take)
    this.#wakeAll()
    return this.#ports.get(protocol)
  }

  close(protocol: Protocol): void {
    this.#takes.delete(protocol)
  }

  mayAnswer(): boolean | Promise<boolean> {
    return this.#options.mayAnswer()
  }

  /** Ends what the daemon of this process serves: what it would answer from now on is not to be believed. */
  cut(): void {
    this.#takes.clear()
    for (const socket of [...this.#handed, ...this.#admitted]) socket.destroy()
  }

  /** Another daemon leads, at HOST:PORT; undefined: nobody is known. What was passed on to another one ends. */
  follow(leader: string | undefined): void {
    if (this.#leader === leader) return
    this.#leader = leader
    // What the former leader answers now is not to be believed: it may have been paused.
    for (const socket of this.#passedOn) socket.destroy()
    this.#wakeAll()
  }

  /** Takes no more clients; those of this daemon, and other daemons, stay. */
  stopListening(): void {
    this.#isStopped = true
    for (const server of this.#servers) server.close()
    this.#wakeAll()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#leader = undefined
    const closed = [this.#gate, ...this.#servers].map((server) => new Promise<void>((resolve) => void server?.close(() => resolve())))
    this.#wakeAll()
    for (const socket of [...this.#sockets, ...this.#handed, ...this.#admitted]) socket.destroy()
    await Promise.all(closed)
  }

  /** A client's connection. */
  async #meet(socket: Socket, protocol: Protocol): Promise<void> {
    const { log, mostConnections, patienceMs = PATIENCE_MS } = this.#options
    socket.on('error', () => socket.destroy())
    if (this.#isStopped || this.#sockets.size >= mostConnections) return void socket.destroy()
    const origin = { protocol, address: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''), port: socket.remotePort ?? 0 }
    hold(this.#sockets, socket)
    hold(this.#all, socket)
    const until = performance.now() + patienceMs
    while (!socket.destroyed && !this.#isStopped) {
      const take = this.#takes.get(protocol)
      if (take) return this.#hand(socket, take)
      const to = this.#leader
      if (to !== undefined) {
        const link = await openLink(to, origin, this.#options.secret).catch((error: unknown) => {
          log.debug({ err: error, leader: to }, 'a connection could not be passed on')
          return undefined
        })
        if (link && this.#leader === to && !socket.destroyed && !this.#isStopped) return this.#passOn(socket, link)
        link?.destroy()
      }
      const left = until - performance.now()
      if (left <= 0) break
      await this.#pause(to === undefined ? left : Math.min(left, RETRY_MS))
    }
    refuse(socket, protocol)
  }

  #hand(socket: Socket, take: Take): void {
    this.#sockets.delete(socket)
    hold(this.#handed, socket)
    take(socket)
  }

  #passOn(socket: Socket, link: Socket): void {
    hold(this.#passedOn, socket)
    joinSockets(socket, link)
  }

  /** A connection that another daemon passes on. */
  async #admit(socket: Socket): Promise<void> {
    socket.on('error', () => socket.destroy())
    hold(this.#admitted, socket)
    this.#unproved.add(socket, socket.remoteAddress ?? '')
    let origin: Origin
    try {
      origin = await acceptLink(socket, this.#options.secret)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a connection at CLUSTER_ADDRESS was refused')
      return void socket.destroy()
    }
    this.#unproved.known(socket)
    const take = this.#takes.get(origin.protocol)
    if (take) take(socket)
    else socket.destroy()
  }

  #wakeAll(): void {
    const wake = this.#wake
    this.#woken = new Promise((resolve) => (this.#wake = resolve))
    wake()
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.#woken, new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)))])
    clearTimeout(timer)
  }

  async #listen(server: Server, port: number, host: string, setting: string): Promise<number> {
    await new Promise<void>((done, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          error.code === 'EADDRINUSE'
            ? conflict(`Port ${port} on ${host} is taken. Stop what uses it, or choose another with the setting ${setting}.`)
            : invalid(`This machine can't listen on port ${port} of ${host} (${error.code ?? error.message}): see the setting ${setting}.`),
        ),
      )
      server.listen({ port, host, backlog: BACKLOG }, done)
    })
    server.on('error', (error) => this.#options.log.warn({ reason: error.message }, 'a connection could not be taken'))
    return (server.address() as AddressInfo).port
  }
}

function hold(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}

/** Nobody leads. Who speaks HTTP is told so. */
function refuse(socket: Socket, protocol: Protocol): void {
  if (protocol !== 'http' || socket.destroyed) return void socket.destroy()
  const fault = new Fault('busy', 'None of the daemons of this lab serves at the moment: nothing was stored. Try again.', { retryAfter: 5 })
  // What the client sent is dropped: unread, it would make the system cut the connection before the answer is read.
  socket.resume()
  socket.end(refusalBytes(fault))
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}
