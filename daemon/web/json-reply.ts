/** Answers to scripts of pages: JSON, compressed, not cached. */
import { privateJsonHeaders } from '../replies/headers.ts'
import { jsonInTurns } from '../../src/base/json-pieces.ts'
import { compress } from './compression.ts'
import type { PageRequest } from './page.ts'

export async function replyJson({ ctx, incoming }: Pick<PageRequest, 'ctx' | 'incoming'>, value: unknown): Promise<Response> {
  const { bytes, headers } = await compress(Buffer.from(await jsonInTurns(ctx.turns, value)), incoming.headers['accept-encoding'])
  return new Response(new Uint8Array(bytes), {
    headers: { ...privateJsonHeaders, ...headers },
  })
}
