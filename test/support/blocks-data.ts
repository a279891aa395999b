/** Data for the tests of compressed blocks. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export const START = 1_760_000_000_000_000

/** Numbers from 0 to 1 that are the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const bitsOf = (numbers: Float64Array): BigUint64Array => new BigUint64Array(numbers.slice().buffer)

/** Sums of what `next` gives, from `start` on. */
function accumulate(count: number, start: number, next: (index: number) => number): Float64Array {
  let sum = start
  return Float64Array.from({ length: count }, (_, index) => (sum += next(index)))
}

const SECOND = 1_000_000

/** Times and values as devices send them. */
export function series(count: number, random: () => number) {
  const draw = (make: (index: number) => number): Float64Array => Float64Array.from({ length: count }, (_, index) => make(index))
  const upTo = (limit: number): number => Math.floor(random() * limit)
  const times = {
    regular: draw((index) => START + index * 10 * SECOND),
    /** Milliseconds, up to 50 late. */
    jitter: draw((index) => START + index * 10 * SECOND + upTo(51) * 1000),
    /** Waits of 10 s and a little more. */
    waits: accumulate(count, START, () => 10 * SECOND + upTo(20) * 1000),
    /** The clock is off by 50 ppm. */
    drift: draw((index) => START + Math.round(index * 10_000.5) * 1000 + upTo(3) * 1000),
    gaps: accumulate(count, START, (index) => (index % 300 === 299 ? 3600 * SECOND : random() < 0.02 ? 20 * SECOND : 10 * SECOND)),
    /** A restart begins elsewhere between two steps, some with another step. */
    restarts: accumulate(count, START, (index) => (index % 700 === 699 ? upTo(10_000) * 1000 : (index % 1400 < 700 ? 10 : 60) * SECOND)),
    slow: draw((index) => START + Math.round(index * 10_000.5) * 1000 + upTo(51) * 1000),
    arrivals: accumulate(count, START, () => 1 + upTo(10 * SECOND)),
    early: draw((index) => -START + index * 86_400 * SECOND),
    dense: draw((index) => START + index),
  }
  const values = {
    constant: draw(() => 21.5),
    walk: accumulate(count, 20, () => (random() - 0.5) * 0.2).map((value) => Math.round(value * 100) / 100),
    floats: accumulate(count, 20, () => random() - 0.5 + random() * 2 ** -32),
    singles: accumulate(count, 20, () => random() - 0.5).map(Math.fround),
    noise: draw(() => Math.round((random() - 0.5) * 40) / 100),
    spikes: accumulate(count, 20, () => Math.round(random() * 2) / 10).map((value) =>
      random() < 0.01 ? 9999.9 : Math.round(value * 10) / 10,
    ),
    states: draw((index) => Math.floor(index / 360) % 2),
    counter: draw((index) => (index * 3) % 12_000),
    large: draw((index) => Number.MAX_SAFE_INTEGER - count + index),
    ramp: draw((index) => Math.round((index * index) / 7) / 1000),
    voltage: draw(() => (upTo(4096) * 3.3) / 4096),
    mixed: draw((index) => (index % 3 === 0 ? random() : index % 3 === 1 ? -0 : upTo(100) / 10)),
    bits: draw(() => {
      const number = new Float64Array(Uint32Array.of(upTo(2 ** 32), upTo(2 ** 32)).buffer)[0] ?? 0
      return Number.isFinite(number) ? number : 0
    }),
  }
  return { times, values }
}

/** Every column of numbers in the tables of vega-datasets, at most 16,384 of each. */
export function readVegaColumns(): { name: string; values: Float64Array }[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data')
  return readdirSync(folder)
    .filter((file) => /\.(csv|json|tsv)$/.test(file))
    .flatMap((file) => {
      const rows = readRows(file, readFileSync(join(folder, file), 'utf8'))
      const names = Object.keys(rows[0] ?? {})
      return names.flatMap((name) => {
        const numbers = rows
          .slice(0, 16_384)
          .map((row) => row[name])
          .filter((cell) => typeof cell === 'number' || (typeof cell === 'string' && cell.trim() !== ''))
          .map(Number)
        const isNumeric = numbers.length > 0 && numbers.every(Number.isFinite)
        return isNumeric ? [{ name: `${file} ${name}`, values: Float64Array.from(numbers) }] : []
      })
    })
}

function readRows(file: string, content: string): Record<string, unknown>[] {
  if (file.endsWith('.json')) {
    const parsed: unknown = JSON.parse(content)
    return Array.isArray(parsed) ? parsed.filter((row): row is Record<string, unknown> => typeof row === 'object' && row !== null) : []
  }
  const [head = '', ...lines] = content.split(/\r?\n/).filter((line) => line !== '')
  const separator = file.endsWith('.tsv') ? '\t' : ','
  const names = head.split(separator)
  return lines.map((line) => Object.fromEntries(line.split(separator).map((cell, index) => [names[index] ?? '', cell])))
}
