/** The TCP and TLS ports of MQTT. */
import { createSecureContext, createServer as createTlsServer, type Server as TlsServer } from 'node:tls'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import type { Context } from '../../src/context.ts'
import { Fault, invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'

const DEFAULT_TCP_PORT = 1883

export interface Listeners {
  readonly tcpPort: number | undefined
  readonly tlsPort: number | undefined
  /** Uses the certificate that is in the files now; one that can't be used changes nothing, and the log says why. */
  reload(): void
  close(): void
}

/**
 * @param override in place of the setting MQTT_TCP_PORT; 0 takes any free port
 * @throws Fault conflict or invalid for what somebody asked for and can't have
 */
export async function openListeners(ctx: Context, override: number | undefined, open: (socket: Socket) => void): Promise<Listeners> {
  const { settings, log } = ctx
  const { LISTEN_ADDRESS, MQTT_TCP_PORT, MQTT_TLS_PORT, MQTT_TLS_CERTIFICATE, MQTT_TLS_KEY } = settings
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
    if (MQTT_TLS_CERTIFICATE !== undefined && MQTT_TLS_KEY !== undefined && MQTT_TLS_PORT !== 0) {
      tls = createTlsServer({ secureContext: undefined, ...readCertificate(settings) }, open)
      // A client that doesn't trust the certificate, or a port scanner; each connection is alone in its failure.
      tls.on('tlsClientError', (error) => log.debug({ reason: error.message }, 'a TLS handshake failed'))
      tlsPort = await listen(tls, MQTT_TLS_PORT, LISTEN_ADDRESS, 'MQTT_TLS_PORT')
      listenOn(tls)
      log.info({ address: LISTEN_ADDRESS, port: tlsPort }, 'listening for MQTT with TLS')
    } else if (MQTT_TLS_CERTIFICATE !== undefined || MQTT_TLS_KEY !== undefined) {
      throw invalid('The settings MQTT_TLS_CERTIFICATE and MQTT_TLS_KEY belong together: set both, or none.')
    }
  } catch (error) {
    close()
    throw error
  }
  const reload = (): void => {
    if (!tls) return
    try {
      tls.setSecureContext(readCertificate(settings))
      log.info({}, 'read the certificate for MQTT again')
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      log.error({ reason: error.message }, 'goes on with the former certificate for MQTT')
    }
  }
  return { tcpPort, tlsPort, close, reload }
}

/** @throws Fault invalid when the files can't be read, or don't belong together */
function readCertificate({ file, MQTT_TLS_CERTIFICATE = '', MQTT_TLS_KEY = '' }: Context['settings']): { cert: Buffer; key: Buffer } {
  const read = (name: string, path: string): Buffer => {
    try {
      return readFileSync(resolve(dirname(file), path))
    } catch (error) {
      throw invalid(
        `The setting ${name} is ${quote(path)}, which can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      )
    }
  }
  const pair = { cert: read('MQTT_TLS_CERTIFICATE', MQTT_TLS_CERTIFICATE), key: read('MQTT_TLS_KEY', MQTT_TLS_KEY) }
  try {
    createSecureContext(pair)
  } catch (error) {
    throw invalid(`MQTT_TLS_CERTIFICATE and MQTT_TLS_KEY can't be used: ${error instanceof Error ? error.message : String(error)}.`)
  }
  return pair
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
