/** Which decimal values are -0, as rounding a small negative number produces it: their integers can't tell it from 0. */
import type { BitReader } from './bit-reader.ts'
import type { BitWriter } from './bit-writer.ts'
import { DamagedBlock } from './block.ts'

/** Writes how many there are, then how many other values lie before each one. */
export function writeNegativeZeros(writer: BitWriter, values: Float64Array): void {
  const places: number[] = []
  for (let index = 0; index < values.length; index++) if (Object.is(values[index], -0)) places.push(index)
  writer.unsigned(places.length)
  for (const [index, place] of places.entries()) writer.unsigned(index === 0 ? place : place - (places[index - 1] ?? 0) - 1)
}

/** @returns their indexes, ascending @throws DamagedBlock */
export function readNegativeZeros(reader: BitReader, count: number): number[] {
  const places: number[] = []
  const total = reader.unsigned()
  if (total > count) throw new DamagedBlock(`${count} values can't have ${total} negative zeros`)
  let next = 0
  for (let index = 0; index < total; index++) {
    next += reader.unsigned()
    if (next >= count) throw new DamagedBlock('A negative zero lies behind the last value')
    places.push(next++)
  }
  return places
}
