/** `kind: values`: the newest value of each sequence, with its limits and the trend before it. */
import { readTrends } from '../../resources/folder-contents.ts'
import { readNewest } from '../../sequences/sequences.ts'
import type { NewestValue, ValuesData } from '../../wire/dashboard-answers.ts'
import type { Resource } from '../../tree/tree.ts'
import type { TileKind, TileRequest } from '../tile-kind.ts'
import { describeSequence, holdsImages, listOf, noteOf } from './described.ts'
import { limitsOf } from './limits.ts'

/** Characters of a text that are shown. */
const MAX_TEXT = 200

const holdsValues = (one: Resource): boolean => !holdsImages(one)

export const valuesTile: TileKind = {
  name: 'values',
  label: 'Newest values',
  settings: [{ name: 'sequences', label: 'Sequences', type: 'sequences', isRequired: true, holds: 'values' }],
  size: { width: 4, height: 3 },
  isPolled: true,
  follows: ({ settings, paths }) => paths.sequences(listOf(settings, 'sequences'), holdsValues, 'values').found,
  read: async ({ ctx, actor, settings, paths, alerts }) => {
    const named = paths.sequences(listOf(settings, 'sequences'), holdsValues, 'values')
    const note = noteOf(named)
    const data = { sequences: await readNewestValues({ ctx, actor, alerts }, named.found) } satisfies ValuesData
    return { data, note }
  },
}

/** @param sequences that the actor may read */
export async function readNewestValues(
  { ctx, actor, alerts }: Pick<TileRequest, 'ctx' | 'actor' | 'alerts'>,
  sequences: readonly Resource[],
): Promise<NewestValue[]> {
  const trends = await readTrends(
    ctx,
    actor,
    sequences.map(({ id }) => id),
  )
  const on = await alerts()
  const values: NewestValue[] = []
  for (const sequence of sequences) {
    const newest = await readNewest(ctx, actor, sequence)
    values.push({
      ...(await describeSequence(ctx, actor, sequence, sequences)),
      newest: newest && { time: newest.time, text: newest.text.slice(0, MAX_TEXT) },
      ...limitsOf(sequence),
      alert: on.find(({ resource }) => resource === sequence)?.condition,
      trend: trends.get(sequence.id),
    })
  }
  return values
}
