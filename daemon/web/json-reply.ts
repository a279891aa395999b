/** Answers to scripts of pages: JSON, compressed, not cached. */
import type { IncomingMessage } from 'node:http'
import { privateJsonHeaders } from '../replies/headers.ts'
import { compress } from './compression.ts'

export async function replyJson(incoming: IncomingMessage, value: unknown): Promise<Response> {
  const { bytes, headers } = await compress(Buffer.from(JSON.stringify(value)), incoming.headers['accept-encoding'])
  return new Response(new Uint8Array(bytes), {
    headers: { ...privateJsonHeaders, ...headers },
  })
}
