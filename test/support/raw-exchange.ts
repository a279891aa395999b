/** An exchange of bytes over a raw socket, for tests that send what no client would. */
import { once } from 'node:events'
import { connect as open, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Log } from '../../src/base/log.ts'
import { websocketHandshake } from './raw-samples.ts'

/** How often an answer is waited for, each time for a round trip of others: some bytes are rightly never answered. */
const ROUNDS = 5

/**
 * Sends bytes in pieces, goes away at once or once something came and `settle` has come back, and returns what came. An end that comes with
 * the bytes would break off what they ask for.
 */
export async function exchange(port: number, pieces: readonly Uint8Array[], settle: (() => Promise<unknown>) | undefined): Promise<string> {
  const socket = open(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')))
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  for (const piece of pieces) socket.write(piece)
  for (let round = 0; settle && (round === 0 || (answer === '' && round < ROUNDS)); round++) await settle()
  if (settle) socket.end()
  else socket.destroy()
  await closed
  return answer
}

/** A WebSocket whose frames are written by hand, after its handshake. @returns what came since, a character for each byte, as `heard()` */
export async function openRawWebSocket(
  t: TestContext,
  lab: { readonly url: string; readonly key: string },
): Promise<{ socket: Socket; heard: () => string }> {
  const socket = open(Number(new URL(lab.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(websocketHandshake(lab.key))
  await once(socket, 'data')
  let heard = ''
  socket.on('data', (data: Buffer) => (heard += data.toString('latin1')))
  return { socket, heard: () => heard }
}

/** A log of which errors are kept, each as a line. */
export function catchErrors(): { log: Log; errors: string[] } {
  const errors: string[] = []
  const nothing = (): void => {}
  return {
    errors,
    log: { debug: nothing, info: nothing, warn: nothing, error: (fields, message) => errors.push(`${message} ${JSON.stringify(fields)}`) },
  }
}
