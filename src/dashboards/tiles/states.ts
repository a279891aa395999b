/** `kind: states`: a strip of colours for each sequence, one for each text or number that it had. */
import { DAY, type Micros } from '../../base/time.ts'
import { readValues } from '../../sequences/sequences.ts'
import type { Actor } from '../../tree/actor.ts'
import type { Context } from '../../context.ts'
import type { Resource } from '../../tree/tree.ts'
import type { StatesData, StateStretch } from '../../wire/dashboard-answers.ts'
import type { TileKind } from '../tile-kind.ts'
import { rangeOf } from './chart.ts'
import { describeSequence, holdsImages, listOf, noteOf } from './described.ts'

/** Values that are looked at, the newest: a state changes seldom. */
const MAX_VALUES = 5_000
const MAX_TEXT = 80
const holdsStates = (one: Resource): boolean => !holdsImages(one)

export const statesTile: TileKind = {
  name: 'states',
  label: 'States',
  settings: [
    {
      name: 'sequences',
      label: 'Sequences',
      type: 'sequences',
      isRequired: true,
      holds: 'values',
      hint: 'Such as door (open, closed) or pump (0, 1).',
    },
    { name: 'range', label: 'Time', type: 'range', otherwise: '24h', hint: '90m, 24h, 7d' },
  ],
  size: { width: 6, height: 3 },
  follows: ({ settings, paths }) => paths.sequences(listOf(settings, 'sequences'), holdsStates, 'states').found,
  read: async ({ ctx, actor, settings, paths }) => {
    const named = paths.sequences(listOf(settings, 'sequences'), holdsStates, 'states')
    const note = noteOf(named)
    const to = ctx.clock.now()
    const from = to - rangeOf(settings, DAY)
    const sequences: StatesData['sequences'][number][] = []
    for (const one of named.found)
      sequences.push({
        ...(await describeSequence(ctx, actor, one, named.found)),
        stretches: await readStretches(ctx, actor, one, { from, to }),
      })
    return { data: { from, to, sequences } satisfies StatesData, note }
  },
}

/** Neighbouring values that are alike are one stretch; the value before the range reaches into it. */
async function readStretches(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  { from, to }: { from: Micros; to: Micros },
): Promise<StateStretch[]> {
  const within = await readValues(ctx, actor, sequence, { start: from, end: to, order: 'descending', limit: MAX_VALUES })
  const times = [...within.times].reverse()
  const texts = [...within.values].reverse().map(shorten)
  if (!within.more) {
    const before = await readValues(ctx, actor, sequence, { end: from - 1, order: 'descending', limit: 1 })
    if (before.values[0] !== undefined) {
      times.unshift(from)
      texts.unshift(shorten(before.values[0]))
    }
  }
  const stretches: { from: Micros; to: Micros; text: string }[] = []
  for (const [at, text] of texts.entries()) {
    const end = times[at + 1] ?? to
    const last = stretches.at(-1)
    if (last?.text === text) last.to = end
    else stretches.push({ from: times[at] ?? from, to: end, text })
  }
  return stretches
}

const shorten = (value: number | string): string => String(value).slice(0, MAX_TEXT)
