/** `kind: log`: the newest lines of a sequence of text. */
import { readValues } from '../../sequences/sequences.ts'
import type { LogData } from '../../wire/dashboard-answers.ts'
import type { TileKind } from '../tile-kind.ts'
import { describeSequence, holdsText, textOf } from './described.ts'

const [LINES, MOST_LINES] = [50, 500]
const MAX_TEXT = 2_000

export const logTile: TileKind = {
  name: 'log',
  label: 'Log',
  settings: [
    { name: 'sequence', label: 'Sequence of text', type: 'sequence', isRequired: true, holds: 'text' },
    { name: 'lines', label: 'Lines', type: 'count', otherwise: LINES, most: MOST_LINES },
  ],
  size: { width: 6, height: 4 },
  follows: ({ settings, paths }) => [paths.sequence(textOf(settings, 'sequence') ?? '', holdsText, 'text')],
  read: async ({ ctx, actor, settings, paths }) => {
    const sequence = paths.sequence(textOf(settings, 'sequence') ?? '', holdsText, 'text')
    const limit = (settings['lines'] as number | undefined) ?? LINES
    const { times, values } = await readValues(ctx, actor, sequence, { order: 'descending', limit })
    const lines = times.map((time, at) => ({ time, text: String(values[at]).slice(0, MAX_TEXT) })).reverse()
    return { data: { sequence: await describeSequence(ctx, actor, sequence), lines } satisfies LogData }
  },
}
