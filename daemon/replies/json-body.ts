/** The body of an answer in JSON: a text, or a stream where making it at once would hold the event loop. */
import { isLight, jsonPieces } from '../../src/base/json-pieces.ts'
import { estimateBytes } from '../../src/base/answer-room.ts'
import type { Context } from '../../src/context.ts'

/** @throws Fault busy, too_large when there is no room for the value until it is read */
export function jsonBody({ turns, answer }: Pick<Context, 'turns' | 'answer'>, value: unknown): string | ReadableStream<Uint8Array> {
  if (isLight(value)) return JSON.stringify(value)
  answer?.holds(estimateBytes(value))
  return ReadableStream.from(encode(jsonPieces(turns, value)))
}

async function* encode(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of pieces) yield encoder.encode(piece)
}
