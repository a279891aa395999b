/** Series as controllers send them, the same in every run and for every program that is measured. */
import { SECOND } from '../src/base/time.ts'

/**
 * - `walk`: a walk at 2 decimals, every 10 s with up to 50 ms of jitter, in whole milliseconds
 * - `regular-walk`: the same, exactly every 10 s
 * - `constant`: 21.5, exactly every 10 s
 * - `floats`: a walk of full-precision floats, exactly every 10 s
 */
export type Shape = 'walk' | 'regular-walk' | 'constant' | 'floats'

export const SHAPES: readonly Shape[] = ['walk', 'regular-walk', 'constant', 'floats']
export const START = Date.UTC(2025, 0, 1) * 1000
/** Time between two values of a series, in microseconds. */
export const STEP = 10 * SECOND

/** An endless series; times in microseconds. */
export class Series {
  readonly #shape: Shape
  readonly #random: () => number
  readonly #start: number
  readonly #step: number
  #count = 0
  #sum = 20

  constructor(shape: Shape, seed: number, start = START, step = STEP) {
    this.#shape = shape
    this.#start = start
    this.#step = step
    this.#random = createRandom(seed)
  }

  next(): { time: number; value: number } {
    const jitter = this.#shape === 'walk' ? Math.floor(this.#random() * 51) * 1000 : 0
    const time = this.#start + this.#count++ * this.#step + jitter
    if (this.#shape === 'constant') return { time, value: 21.5 }
    this.#sum += this.#shape === 'floats' ? this.#random() - 0.5 + this.#random() * 2 ** -32 : (this.#random() - 0.5) * 0.2
    return { time, value: this.#shape === 'floats' ? this.#sum : Math.round(this.#sum * 100) / 100 }
  }
}

/** mulberry32: random numbers from 0 to 1, always the same for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** `count` rows for each of `sequences`, in turns. */
export function* interleave(shape: Shape, sequences: number, count: number): Generator<{ sequence: number; time: number; value: number }> {
  const series = Array.from({ length: sequences }, (_, at) => new Series(shape, at + 1))
  for (let n = 0; n < count; n++) for (const [at, one] of series.entries()) yield { sequence: at, ...one.next() }
}
