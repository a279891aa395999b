/** A frame as ws hands it over. */
import type { RawData } from 'ws'

/** Bytes of a frame for which it counts once. */
const PENDING_UNIT = 256

export function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8')
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString('utf8')
}

/** How much it counts while it waits. */
export const unitsOf = (data: RawData): number => 1 + Math.floor((Array.isArray(data) ? 0 : data.byteLength) / PENDING_UNIT)

/** Its length. */
export const bytesOf = (data: RawData): number =>
  Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength
