/** The HTTP server: listens, and lets requests under way end. */
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Fault } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import type { Settings } from '../../src/settings/settings.ts'
import type { Context } from '../../src/context.ts'
import type { Part } from '../parts.ts'
import { addStrictTransport } from '../requests/https.ts'
import { dropRest } from '../requests/rest-of-body.ts'
import type { Strangers } from '../requests/strangers.ts'
import { routeUpgrades, type Upgrade } from '../requests/upgrades.ts'

export interface HttpServerOptions {
  readonly fetch: (request: Request, env: HttpBindings) => Response | Promise<Response>
  /** Takes over connections that ask for another protocol, by path. */
  readonly upgrades: Readonly<Record<string, Upgrade>>
  readonly strangers: Strangers
}

export class HttpServer implements Part {
  readonly #settings: Settings
  readonly #server: Server
  #url = ''

  constructor(ctx: Context, { fetch, upgrades, strangers }: HttpServerOptions) {
    this.#settings = ctx.settings
    this.#server = createAdaptorServer({
      fetch: async (request, env) => {
        // Of node:http, whose server this is.
        const bindings = env as HttpBindings
        return dropRest(bindings.incoming, await fetch(request, bindings))
      },
    }) as Server
    // Such as no descriptor left for another connection: it concerns that connection alone.
    this.#server.on('error', (error) => ctx.log.warn({ reason: error.message }, 'the HTTP server could not take a connection'))
    strangers.watch(ctx, this.#server)
    limitTimes(this.#server)
    addStrictTransport(this.#server, ctx.settings)
    routeUpgrades(this.#server, upgrades)
  }

  /** Where it listens: `http://127.0.0.1:5000`; '' before it does. */
  get url(): string {
    return this.#url
  }

  /** @throws Fault conflict when the port is taken; invalid when this machine can't listen there */
  async start(): Promise<void> {
    this.#url = await listen(this.#server, this.#settings)
  }

  /** Lets requests under way end, for at most SHUTDOWN_TIMEOUT seconds; waits for connections that were taken over too. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    const timer = setTimeout(() => this.#server.closeAllConnections(), this.#settings.SHUTDOWN_TIMEOUT * 1000)
    await closed
    clearTimeout(timer)
  }
}

/** A client that dawdles must not hold a connection for ever; an upload of a gigabyte over a slow line may take its time. */
function limitTimes(server: Server): void {
  server.headersTimeout = 20_000
  server.requestTimeout = 3_600_000
  server.keepAliveTimeout = 75_000
  server.maxHeadersCount = 100
}

async function listen(server: Server, settings: Settings): Promise<string> {
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
    server.listen(settings.PORT, settings.LISTEN_ADDRESS, resolve)
  })
  const { address, port, family } = server.address() as AddressInfo
  // Addresses that stand for all of the machine's are none to go to.
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`
}
