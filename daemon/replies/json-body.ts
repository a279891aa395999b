/** The body of an answer in JSON: a text, or a stream where making it at once would hold the event loop. */
import { isLight, jsonPieces } from '../../src/base/json-pieces.ts'
import type { Turns } from '../../src/base/turns.ts'

export function jsonBody(turns: Turns, value: unknown): string | ReadableStream<Uint8Array> {
  return isLight(value) ? JSON.stringify(value) : ReadableStream.from(encode(jsonPieces(turns, value)))
}

async function* encode(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const piece of pieces) yield encoder.encode(piece)
}
