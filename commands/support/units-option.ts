/** `--units`: values are told in other units than those of their sequence, which stay in the data. */
import { invalid } from '../../src/base/fault.ts'
import { conversionBetween, convert } from '../../src/base/units.ts'
import type { Client } from '../../src/client/client.ts'
import type { Reading } from '../../src/client/types.ts'

export const UNITS_HELP = 'tell them in these units: C, F, K; hPa, mbar, inHg, …; m/s, km/h, mph, kn; mm, in, …; L, gal'

/**
 * What tells a value of the sequence in the units; without them values stay as they are.
 * @throws Fault invalid when the sequence has no units, or others that measure something else
 */
export async function unitsOption(
  client: Client,
  path: string,
  to: string | undefined,
): Promise<(value: Reading['value']) => Reading['value']> {
  if (to === undefined) return (value) => value
  const from = (await client.sequences.info(path)).system_attributes?.units
  if (typeof from !== 'string' || from === '')
    throw invalid(`${path} has no units, so that its values can't be told in others. Give it some: rhizo seq set ${path} --units C`)
  const conversion = conversionBetween(from, to)
  return (value) => {
    const number = String(value).trim() === '' ? Number.NaN : Number(value)
    if (!Number.isFinite(number)) return value
    return typeof value === 'number' ? convert(conversion, number) : String(convert(conversion, number))
  }
}
