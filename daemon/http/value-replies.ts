/** Replies that contain values. */
import type { Context } from '../../src/context.ts'
import type { TextFormat } from '../../src/exports/value-lines.ts'
import { jsonBody } from '../replies/json-body.ts'
import { attachment } from '../replies/headers.ts'

/** Values are for this caller only, and must not be shown as a page. */
export const PRIVATE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

const JSON_HEADERS = { ...PRIVATE, 'content-type': 'application/json' } as const

export const replyJson = (ctx: Pick<Context, 'turns' | 'answer'>, value: unknown): Response =>
  new Response(jsonBody(ctx, value), { headers: JSON_HEADERS })

export const replyText = (value: string): Response =>
  new Response(value, { headers: { ...PRIVATE, 'content-type': 'text/plain; charset=utf-8' } })

export const replyJsonStream = (chunks: AsyncIterable<Uint8Array>): Response =>
  new Response(ReadableStream.from(chunks), { headers: JSON_HEADERS })

/** @param attachmentName without its extension */
export function replyLines(format: TextFormat, chunks: AsyncIterable<Uint8Array>, attachmentName?: string): Response {
  const headers = {
    ...PRIVATE,
    'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
    ...(attachmentName === undefined ? {} : attachment(`${attachmentName}.${format}`)),
  }
  return new Response(ReadableStream.from(chunks), { headers })
}
