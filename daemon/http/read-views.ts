/** Whether reads are corrected: parameters of all routes that read values. */
import type { Context } from '../../src/context.ts'
import type { View } from '../../src/corrections/corrected-reads.ts'
import type { Micros } from '../../src/base/time.ts'
import type { Beside } from '../../src/exports/value-lines.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { text, truth, type Parsed } from './parameters.ts'

export const viewParameters = {
  masked: text('Numeric and text sequences: include reads masked values too, and says which they are.', {
    choices: ['leave_out', 'include'],
  }),
  raw: truth('True reads what is stored, neither masked nor calibrated.'),
}

export function viewOf({ masked, raw }: Parsed<typeof viewParameters>): View {
  return raw === true ? 'raw' : masked === 'include' ? 'with_masked' : 'corrected'
}

/** Says of times whether they are masked, for a reader who sees masked values; undefined for others. */
export async function maskColumn(ctx: Context, sequence: Resource, view: View): Promise<Beside | undefined> {
  if (view !== 'with_masked') return undefined
  const masked = (await ctx.corrections.of(sequence.id))?.masked
  return { name: 'masked', at: (time: Micros) => masked?.at(time) !== undefined }
}
