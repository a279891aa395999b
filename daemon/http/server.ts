/** The HTTP server: listens, and lets requests under way end. */
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { replyFault } from './app.ts'
import { HTTPS_PAIR, readPair } from '../../src/certificates/certificate-files.ts'
import { Fault } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { Context } from '../../src/context.ts'
import type { Log } from '../../src/base/log.ts'
import type { Part } from '../parts.ts'
import { addStrictTransport } from '../requests/https.ts'
import type { Entrance } from '../requests/entrance.ts'
import { faultOfHosts } from '../requests/host.ts'
import { InOrder } from '../requests/in-order.ts'
import { dropRest } from '../requests/rest-of-body.ts'
import type { Strangers } from '../requests/strangers.ts'
import { routeUpgrades, type Upgrade } from '../requests/upgrades.ts'

/**
 * Connections that may wait to be taken, as far as the system allows it. Where fewer may, a flood of new ones makes the system drop
 * those of known devices too, which try again after 1, 3 and 7 seconds.
 */
const BACKLOG = 4_096

export interface HttpServerOptions {
  readonly fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>
  /** Takes over connections that ask for another protocol, by path. */
  readonly upgrades: Readonly<Record<string, Upgrade>>
  readonly strangers: Strangers
  /** In place of the settings' address and port: connections come by it. */
  readonly entrance?: Entrance | undefined
}

/** How long a client may take to agree on a key, in ms. */
const HANDSHAKE_MS = 10_000
/** How long a request may still come by a connection when the server stops, in ms. Browsers keep some ready by which none comes. */
const LAST_REQUEST_MS = 250

export class HttpServer implements Part {
  readonly #settings: Settings
  readonly #log: Log
  readonly #server: Server
  /** The same, where it speaks TLS. */
  readonly #tls: TlsServer | undefined
  readonly #entrance: Entrance | undefined
  /** Connections that came by the entrance. */
  readonly #entered = new Set<Socket>()
  readonly #strangers: Strangers
  readonly #inOrder = new InOrder()
  /** Connections by which requests come; those that were taken over are not among them. */
  readonly #connections = new Set<Socket>()
  #isStopping = false
  #url = ''

  constructor(ctx: Context, { fetch, upgrades, strangers, entrance }: HttpServerOptions) {
    this.#entrance = entrance
    this.#strangers = strangers
    this.#settings = ctx.settings
    this.#log = ctx.log
    const pair = readPair(ctx.settings, HTTPS_PAIR)
    const server = createAdaptorServer({
      ...(pair ? { createServer: createTlsServer, serverOptions: { ...pair, handshakeTimeout: HANDSHAKE_MS } } : {}),
      fetch: async (request, env) => {
        // Of node:http, whose server this is.
        const bindings = env as HttpBindings
        const isReady = this.#inOrder.ready(bindings.incoming, bindings.outgoing)
        if (isReady !== true && !(await isReady)) return new Response(null)
        const mayAnswer = entrance?.mayAnswer() ?? true
        if (mayAnswer !== true && !(await mayAnswer)) {
          bindings.incoming.socket.destroy()
          return new Response(null)
        }
        const fault = faultOfHosts(bindings.incoming)
        const response = fault ? replyFault(ctx, fault) : await fetch(request, bindings)
        // A client that keeps its connection busy would hold up the stop.
        if (this.#isStopping) bindings.outgoing.shouldKeepAlive = false
        return dropRest(bindings.incoming, response, strangers)
      },
    })
    // Of the one kind or the other, as was asked for.
    this.#server = server as Server
    this.#tls = pair ? (server as TlsServer) : undefined
    this.#tls?.on('tlsClientError', (error) => ctx.log.debug({ reason: error.message }, 'a TLS handshake failed'))
    // Such as no descriptor left for another connection: it concerns that connection alone.
    this.#server.on('error', (error) => ctx.log.warn({ reason: error.message }, 'the HTTP server could not take a connection'))
    strangers.watch(ctx, server as Server | TlsServer, pair !== undefined)
    this.#server.on(pair ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.#connections.add(socket)
      socket.once('close', () => this.#connections.delete(socket))
    })
    this.#server.on('upgrade', ({ socket }) => this.#connections.delete(socket))
    limitTimes(this.#server)
    addStrictTransport(this.#server, ctx.settings)
    routeUpgrades(this.#server, upgrades)
  }

  /** Where it listens: `http://127.0.0.1:5000`, https with a certificate; '' before it does. */
  get url(): string {
    return this.#url
  }

  /** @throws Fault conflict when the port is taken; invalid when this machine can't listen there */
  async start(): Promise<void> {
    if (!this.#entrance) {
      this.#url = await listen(this.#server, this.#settings)
      return
    }
    // A server that listens nowhere has no limits of time. This port nobody is told.
    await listen(this.#server, { ...this.#settings, LISTEN_ADDRESS: '127.0.0.1', PORT: 0 })
    const port = this.#entrance.open('http', (socket) => {
      this.#entered.add(socket)
      socket.once('close', () => this.#entered.delete(socket))
      this.#server.emit('connection', socket)
      socket.resume()
    })
    this.#url = urlOf({ address: this.#settings.LISTEN_ADDRESS, port: port ?? 0, isSecure: false })
  }

  /** Uses the certificate that is in the files now; one that can't be used changes nothing, and the log says why. */
  reloadCertificate(): void {
    if (!this.#tls) return
    try {
      this.#tls.setSecureContext(readPair(this.#settings, HTTPS_PAIR) ?? {})
      this.#log.info({}, 'read the certificate again')
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#log.error({ reason: error.message }, 'goes on with the former certificate')
    }
  }

  /** Lets requests under way end, for at most SHUTDOWN_TIMEOUT seconds; waits for connections that were taken over too. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#entrance?.close('http')
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    // The server does not know of those.
    const left = [...this.#entered].map((socket) => new Promise<void>((resolve) => void socket.once('close', resolve)))
    this.#server.closeIdleConnections()
    const timers = [
      setTimeout(() => this.#endQuiet(), LAST_REQUEST_MS),
      setTimeout(() => {
        this.#server.closeAllConnections()
        for (const socket of this.#entered) socket.destroy()
      }, this.#settings.SHUTDOWN_TIMEOUT * 1000),
    ]
    await Promise.all([closed, ...left])
    for (const timer of timers) clearTimeout(timer)
  }

  /** Ends connections by which no request has come as a whole: the server of Node waits for the first one, however long it takes. */
  #endQuiet(): void {
    this.#strangers.endHandshakes()
    for (const socket of [...this.#connections]) if (!this.#inOrder.isBusy(socket)) socket.destroy()
  }
}

/** A client that dawdles must not hold a connection for ever; an upload of a gigabyte over a slow line may take its time. */
function limitTimes(server: Server): void {
  server.headersTimeout = 20_000
  server.requestTimeout = 3_600_000
  server.keepAliveTimeout = 75_000
  server.maxHeadersCount = 100
}

async function listen(server: Server, settings: Pick<Settings, 'PORT' | 'LISTEN_ADDRESS' | 'TLS_CERTIFICATE'>): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(
          new Fault(
            'conflict',
            `Port ${settings.PORT} on ${settings.LISTEN_ADDRESS} is taken. Stop what uses it, or choose another with the setting PORT.`,
          ),
        )
      else if (error.code === 'EACCES')
        reject(
          new Fault(
            'invalid',
            `The setting PORT is ${settings.PORT}, which this user may not listen on; allowed: usually those from 1024.`,
          ),
        )
      else
        reject(
          new Fault(
            'invalid',
            `The setting LISTEN_ADDRESS is ${quote(settings.LISTEN_ADDRESS)}, where this machine can't listen ` +
              `(${error.code ?? error.message}); allowed: an address of this machine, such as 127.0.0.1 or 0.0.0.0.`,
          ),
        )
    })
    server.listen({ port: settings.PORT, host: settings.LISTEN_ADDRESS, backlog: BACKLOG }, resolve)
  })
  const { address, port } = server.address() as AddressInfo
  return urlOf({ address, port, isSecure: settings.TLS_CERTIFICATE !== undefined })
}

/** Addresses that stand for all of the machine's are none to go to. */
function urlOf({ address, port, isSecure }: { address: string; port: number; isSecure: boolean }): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}
