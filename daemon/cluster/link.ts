/**
 * A connection that a daemon passes on to the one that leads. Both prove that they have the secrets of the lab's settings before any
 * byte of the client is sent: `NONCE`, then a line of JSON with whose connection it is, then a proof in return; then bytes as they are.
 */
import { connect, isIP, type Socket } from 'node:net'
import { equalSecrets, makeToken, sign } from '../../src/base/secrets.ts'
import { isObject, parseJson } from '../../src/base/json.ts'
import type { Protocol } from '../requests/entrance.ts'

/** Milliseconds until each other's proof must have come. */
const PATIENCE_MS = 3_000
const MOST_BYTES = 1_000
const NEWLINE = 10
/** As `makeToken` makes them. What is signed has blanks between its parts: with some inside, a proof would stand for another text. */
const NONCE = /^[\w-]{43}$/

/** Whose connection it is. */
export interface Origin {
  readonly protocol: Protocol
  readonly address: string
  readonly port: number
}

const proofOf = (side: 'asks' | 'answers', nonce: string, { protocol, address, port }: Origin, secret: string): string =>
  sign(`cluster link ${side} ${nonce} ${protocol} ${port} ${address}`, secret)

/**
 * Opens a connection to the leader.
 * @param to HOST:PORT
 * @throws Error when nobody answers there, or somebody without the secrets
 */
export async function openLink(to: string, origin: Origin, secret: string): Promise<Socket> {
  const at = to.lastIndexOf(':')
  const socket = connect({
    host: to.slice(0, at).replace(/^\[|\]$/g, ''),
    port: Number(to.slice(at + 1)),
    allowHalfOpen: true,
    noDelay: true,
  })
  socket.setKeepAlive(true, 10_000)
  try {
    const theirs = await readLine(socket)
    if (!NONCE.test(theirs)) throw new Error(`what answers at ${to} is no daemon of this lab`)
    const own = makeToken()
    const nonce = `${theirs} ${own}`
    socket.write(`${JSON.stringify({ ...origin, nonce: own, proof: proofOf('asks', nonce, origin, secret) })}\n`)
    if (!equalSecrets(await readLine(socket), proofOf('answers', nonce, origin, secret)))
      throw new Error(`what answers at ${to} has other secrets in its settings, or is no daemon of this lab`)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/**
 * The leader's side of {@link openLink}: resolves with whose connection it is, which the socket shows as its own from then on.
 * @throws Error when the other side has not the secrets
 */
export async function acceptLink(socket: Socket, secret: string): Promise<Origin> {
  const own = makeToken()
  socket.write(`${own}\n`)
  const asked = parseJson(await readLine(socket), 'What a connection is about')
  const origin = toOrigin(asked)
  const theirs = isObject(asked) && typeof asked['nonce'] === 'string' && NONCE.test(asked['nonce']) ? asked['nonce'] : undefined
  const proof = isObject(asked) && typeof asked['proof'] === 'string' ? asked['proof'] : ''
  const nonce = `${own} ${theirs}`
  if (!origin || theirs === undefined || !equalSecrets(proof, proofOf('asks', nonce, origin, secret)))
    throw new Error('it has not the secrets of this lab')
  socket.write(`${proofOf('answers', nonce, origin, secret)}\n`)
  // Where limits and records look for the client's address.
  Object.defineProperty(socket, 'remoteAddress', { value: origin.address })
  Object.defineProperty(socket, 'remotePort', { value: origin.port })
  return origin
}

function toOrigin(asked: unknown): Origin | undefined {
  if (!isObject(asked)) return undefined
  const { protocol, address, port } = asked
  if ((protocol !== 'http' && protocol !== 'mqtt') || typeof address !== 'string' || isIP(address) === 0) return undefined
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535 ? { protocol, address, port } : undefined
}

/** What comes after the line stays in the socket, which is left paused. @throws Error when no line comes */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0)
    const end = (error?: Error): void => {
      clearTimeout(timer)
      socket.pause()
      socket.off('data', take).off('error', end).off('close', gone).off('end', gone)
      if (error) return reject(error)
      const at = text.indexOf(NEWLINE)
      if (at < text.length - 1) socket.unshift(text.subarray(at + 1))
      resolve(text.subarray(0, at).toString('utf8'))
    }
    const gone = (): void => end(new Error('the connection ended'))
    const take = (chunk: Buffer): void => {
      text = Buffer.concat([text, chunk])
      if (text.includes(NEWLINE)) end()
      else if (text.length > MOST_BYTES) end(new Error('it speaks another protocol'))
    }
    const timer = setTimeout(() => end(new Error('no answer in time')), PATIENCE_MS)
    socket.on('data', take).once('error', end).once('close', gone).once('end', gone)
    socket.resume()
  })
}
