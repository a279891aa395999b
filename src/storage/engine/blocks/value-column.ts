/** Values of a numeric block, in the form that takes the fewest bytes. */
import type { BitReader } from './bit-reader.ts'
import { BitWriter } from './bit-writer.ts'
import { DamagedBlock } from './block.ts'
import { scaleDecimals } from './decimal-scaling.ts'
import { DecimalColumn, DecimalValues, LINEAR } from './decimal-values.ts'
import { DictionaryValues, findDictionary, writeDictionaryValues } from './dictionary-values.ts'
import type { ValueReader, ValueSummary } from './value-summary.ts'
import { WideValues, writeWideValues } from './wide-values.ts'

/** Kinds of columns; smaller numbers are decimal, with one of the three predictions. */
const WIDE = 3
const DICTIONARY = 4

/** @returns the summary of the whole block */
export function writeValues(writer: BitWriter, values: Float64Array): ValueSummary {
  const decimals = scaleDecimals(values)
  const column = decimals === undefined ? undefined : DecimalColumn.fit(decimals.scale, decimals.integers)
  if (column !== undefined) return column.write(writer, values)
  const wide = new BitWriter()
  wide.byte(WIDE)
  const summary = writeWideValues(wide, values)
  const dictionary = findDictionary(values)
  const packed = new BitWriter()
  if (dictionary !== undefined) {
    packed.byte(DICTIONARY)
    writeDictionaryValues(packed, values, dictionary)
  }
  writer.append(dictionary !== undefined && packed.position < wide.position ? packed.written() : wide.written())
  return summary
}

/** @throws DamagedBlock */
export function openValues(reader: BitReader, count: number): ValueReader {
  const kind = reader.byte()
  if (kind <= LINEAR) return new DecimalValues(reader, count, kind)
  if (kind === WIDE) return new WideValues(reader, count)
  if (kind === DICTIONARY) return new DictionaryValues(reader, count)
  throw new DamagedBlock(`There are no values of kind ${kind}`)
}
