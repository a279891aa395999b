/** Packs lists of times: as the first one, and then runs of equal distances, which loggers have. */
import type { Micros } from './time.ts'

/** @param times ascending */
export function packTimes(times: readonly Micros[]): Uint8Array {
  const bytes: number[] = []
  let last = times[0] ?? 0
  pushNumber(bytes, last < 0 ? 1 : 0)
  pushNumber(bytes, Math.abs(last))
  for (let at = 1; at < times.length; ) {
    const step = (times[at] ?? 0) - last
    let length = 0
    for (; at < times.length && (times[at] ?? 0) - last === step; at++, length++) last = times[at] ?? 0
    pushNumber(bytes, step)
    pushNumber(bytes, length)
  }
  return new Uint8Array(bytes)
}

export function unpackTimes(bytes: Uint8Array): Micros[] {
  const place = { at: 0 }
  const sign = takeNumber(bytes, place) === 1 ? -1 : 1
  let last = sign * takeNumber(bytes, place)
  const times = [last]
  while (place.at < bytes.length) {
    const step = takeNumber(bytes, place)
    for (let left = takeNumber(bytes, place); left > 0; left--) times.push((last += step))
  }
  return times
}

/** Seven bits a byte, the lowest first; by division, since times have more than 32 bits. */
function pushNumber(bytes: number[], number: number): void {
  let left = number
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  bytes.push(left)
}

function takeNumber(bytes: Uint8Array, place: { at: number }): number {
  let [number, unit] = [0, 1]
  for (;;) {
    const byte = bytes[place.at++] ?? 0
    number += (byte % 128) * unit
    if (byte < 128) return number
    unit *= 128
  }
}
