/** The TCP and TLS ports of MQTT. */
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { mqttPair, readPair } from '../../src/certificates/certificate-files.ts'
import type { Context } from '../../src/context.ts'
import { Fault, invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import type { Entrance } from '../requests/entrance.ts'

export const DEFAULT_TCP_PORT = 1883

export interface Listeners {
  readonly tcpPort: number | undefined
  readonly tlsPort: number | undefined
  /** Uses the certificate that is in the files now; one that can't be used changes nothing, and the log says why. */
  reload(): void
  close(): void
}

/** Connections come by it, in place of ports. */
export function openEntrance(entrance: Entrance, open: (socket: Socket) => void): Listeners {
  const tcpPort = entrance.open('mqtt', (socket) => {
    // As with a port of its own: a client that ends its side has nothing more to say.
    socket.allowHalfOpen = false
    open(socket)
    socket.resume()
  })
  return { tcpPort, tlsPort: undefined, close: () => entrance.close('mqtt'), reload: () => {} }
}

/** How long a client may take to agree on a key, in ms. */
const HANDSHAKE_MS = 10_000

export interface ListenersOptions {
  /** In place of the setting MQTT_TCP_PORT; 0 takes any free port. */
  readonly override: number | undefined
  readonly open: (socket: Socket) => void
  /** Called with a server whose clients agree on a key first, before it listens. */
  readonly watchHandshakes: (server: TlsServer) => void
}

/** @throws Fault conflict or invalid for what somebody asked for and can't have */
export async function openListeners(ctx: Context, { override, open, watchHandshakes }: ListenersOptions): Promise<Listeners> {
  const { settings, log } = ctx
  const { LISTEN_ADDRESS, MQTT_TCP_PORT, MQTT_TLS_PORT } = settings
  const servers: Server[] = []
  // Such as no descriptor left for another connection: it concerns that connection alone.
  const listenOn = (server: Server): void => {
    servers.push(server)
    server.on('error', (error) => log.warn({ reason: error.message }, 'an MQTT port could not take a connection'))
  }
  const close = (): void => servers.forEach((server) => server.close())
  let tcpPort: number | undefined
  let tlsPort: number | undefined
  let tls: TlsServer | undefined
  try {
    const asked = override ?? MQTT_TCP_PORT
    if (asked !== 0 || override === 0) {
      const server = createServer(open)
      try {
        tcpPort = await listen(server, asked ?? DEFAULT_TCP_PORT, LISTEN_ADDRESS, 'MQTT_TCP_PORT')
        listenOn(server)
        log.info({ address: LISTEN_ADDRESS, port: tcpPort }, 'listening for MQTT')
      } catch (error) {
        if (asked !== undefined || !(error instanceof Fault)) throw error
        log.warn({ port: DEFAULT_TCP_PORT, reason: error.message }, 'goes on without MQTT over TCP; it is there by WebSocket, at /mqtt')
      }
    }
    const pair = readPair(settings, mqttPair(settings))
    if (pair && MQTT_TLS_PORT !== 0) {
      tls = createTlsServer({ secureContext: undefined, handshakeTimeout: HANDSHAKE_MS, ...pair }, open)
      watchHandshakes(tls)
      // A client that doesn't trust the certificate, or a port scanner; each connection is alone in its failure.
      tls.on('tlsClientError', (error) => log.debug({ reason: error.message }, 'a TLS handshake failed'))
      tlsPort = await listen(tls, MQTT_TLS_PORT, LISTEN_ADDRESS, 'MQTT_TLS_PORT')
      listenOn(tls)
      log.info({ address: LISTEN_ADDRESS, port: tlsPort }, 'listening for MQTT with TLS')
    }
  } catch (error) {
    close()
    throw error
  }
  const reload = (): void => {
    if (!tls) return
    try {
      tls.setSecureContext(readPair(settings, mqttPair(settings)) ?? {})
      log.info({}, 'read the certificate for MQTT again')
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.error({ reason: error.message }, 'goes on with the former certificate for MQTT')
    }
  }
  return { tcpPort, tlsPort, close, reload }
}

async function listen(server: Server, port: number, address: string, setting: string): Promise<number> {
  await new Promise<void>((done, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(
          new Fault('conflict', `Port ${port} on ${address} is taken. Stop what uses it, or choose another with the setting ${setting}.`),
        )
      else if (error.code === 'EACCES')
        reject(invalid(`The setting ${setting} is ${port}, which this user may not listen on; allowed: usually those from 1024.`))
      else reject(invalid(`Can't listen on port ${port} of LISTEN_ADDRESS ${quote(address)}: ${error.code ?? error.message}.`))
    })
    server.listen(port, address, done)
  })
  return (server.address() as AddressInfo).port
}
