/** JSON of values of any size, made in pieces so that it never holds the event loop. */
import type { Turns } from './turns.ts'
import { effortOf } from './weights.ts'

/** Weight up to which a value is written in one go: some numbers, texts and members, a few tenths of a millisecond. */
const PIECE = 2_000
/** Characters that are gathered before they are passed on. */
const CHUNK = 64 * 1024

/** About how much work a value's JSON is; no more than a little above `limit` is found out. */
function weigh(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return effortOf(value)
  let weight = 1
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && weight <= limit; at++) weight += weigh(value[at], limit - weight)
    return weight
  }
  for (const key in value) {
    weight += 1 + weigh((value as Record<string, unknown>)[key], limit - weight)
    if (weight > limit) break
  }
  return weight
}

/** Whether the JSON of a plain value takes so little time that it needs no pieces. */
export const isLight = (value: unknown): boolean => weigh(value, PIECE) <= PIECE

/** The same text as `JSON.stringify(value)` of plain data, which is not undefined. */
export async function* jsonPieces(turns: Turns, value: unknown): AsyncGenerator<string> {
  let text = ''
  for (const part of partsOf(value)) {
    text += part
    if (turns.isOver()) {
      yield text
      text = ''
      await turns.next()
    } else if (text.length >= CHUNK) {
      yield text
      text = ''
    }
  }
  if (text !== '') yield text
}

/** The whole text, for whoever needs it in one piece. */
export async function jsonInTurns(turns: Turns, value: unknown): Promise<string> {
  if (isLight(value)) return write(value)
  const pieces: string[] = []
  for await (const piece of jsonPieces(turns, value)) pieces.push(piece)
  return pieces.join('')
}

const write = (value: unknown): string => JSON.stringify(value)

function* partsOf(value: unknown): Generator<string> {
  if (isLight(value) || typeof value !== 'object' || value === null) yield write(value)
  else if (Array.isArray(value)) yield* partsOfList(value)
  else yield* partsOfObject(value)
}

/** Light items are written several at a time. */
function* partsOfList(list: readonly unknown[]): Generator<string> {
  let separator = '['
  for (let from = 0; from < list.length; ) {
    let to = from
    for (let weight = 0; to < list.length; to++) {
      weight += weigh(list[to], PIECE)
      if (weight > PIECE) break
    }
    yield separator
    if (to > from) yield write(list.slice(from, to)).slice(1, -1)
    else yield* partsOf(list[to++])
    separator = ','
    from = to
  }
  yield ']'
}

function* partsOfObject(object: object): Generator<string> {
  let separator = '{'
  for (const [key, item] of Object.entries(object)) {
    if (item === undefined || typeof item === 'function') continue
    yield `${separator}${JSON.stringify(key)}:`
    yield* partsOf(item)
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}
