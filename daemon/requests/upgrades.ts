/** Routes HTTP upgrades: each path's transport takes its own, others are refused. */
import type { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { httpStatusOf, invalid, notFound, type Fault } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { faultOfHosts } from './host.ts'
import { faultHeaders, faultJson } from '../replies/fault-reply.ts'

/** Takes over a connection, and answers any error itself. */
export type Upgrade = (incoming: IncomingMessage, socket: Socket, head: Buffer) => void

/** @param upgrades by path, without query */
export function routeUpgrades(server: Server, upgrades: Readonly<Record<string, Upgrade>>): void {
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!(socket instanceof Socket)) {
      socket.destroy()
      return
    }
    if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') {
      // Node passes on a request that offers an upgrade before its body is read, so it can't be answered as a plain request any more.
      refuseUpgrade(socket, invalid('This server speaks HTTP/1.1 and WebSocket: send the request without its Upgrade header.'))
      return
    }
    const fault = faultOfHosts(incoming)
    if (fault) {
      refuseUpgrade(socket, fault)
      return
    }
    const path = (incoming.url ?? '').split('?', 1)[0] ?? ''
    if (Object.hasOwn(upgrades, path)) upgrades[path]?.(incoming, socket, head)
    else
      refuseUpgrade(
        socket,
        notFound(`There is nothing to upgrade to at ${quote(path)}. WebSockets are at /api/v1/websocket, MQTT at /mqtt.`),
      )
  })
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** A whole answer that says so, as JSON, after which the connection ends. */
export function refusalBytes(fault: Fault): Buffer {
  const status = httpStatusOf[fault.code]
  const body = Buffer.from(faultJson(fault))
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
    ...Object.entries(faultHeaders(fault)).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

/** Answers with the fault and ends the connection. */
export function refuseUpgrade(socket: Socket, fault: Fault): void {
  // A client that is gone is no concern of ours any more.
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(refusalBytes(fault))
}
