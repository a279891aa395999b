/** `kind: image`: the newest image of a sequence. */
import { findNewestImage } from '../../sequences/image-reading.ts'
import type { ImageData } from '../../wire/dashboard-answers.ts'
import type { TileKind } from '../tile-kind.ts'
import { describeSequence, holdsImages, textOf } from './described.ts'

export const imageTile: TileKind = {
  name: 'image',
  label: 'Newest image',
  settings: [{ name: 'sequence', label: 'Sequence of images', type: 'sequence', isRequired: true, holds: 'images' }],
  size: { width: 4, height: 4 },
  follows: ({ settings, paths }) => [paths.sequence(textOf(settings, 'sequence') ?? '', holdsImages, 'images')],
  read: async ({ ctx, actor, settings, paths }) => {
    const sequence = paths.sequence(textOf(settings, 'sequence') ?? '', holdsImages, 'images')
    const newest = await findNewestImage(ctx, sequence)
    const data: ImageData = {
      sequence: await describeSequence(ctx, actor, sequence),
      newest: newest && { time: newest.timestamp, revision: newest.id },
    }
    return { data }
  },
}
