/** What a sequence holds and takes up. */
import type { Actor } from '../tree/actor.ts'
import type { SequenceReport } from '../wire/answers.ts'
import type { Context } from '../context.ts'
import { formatDuration } from '../base/duration.ts'
import { measureImages, measureThumbnails } from './image-reading.ts'
import { requireRead } from '../tree/permissions.ts'
import { dataTypeNames } from '../wire/resource-types.ts'
import { refOf, requireSpec } from './sequences.ts'
import { SECOND, timestampOrNull } from '../base/time.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'

/** @throws Fault forbidden; invalid when it is no sequence */
export async function reportSequence(ctx: Context, actor: Actor, sequence: Resource): Promise<SequenceReport> {
  requireRead(ctx, actor, sequence)
  const { dataType, units, decimalPlaces, maxHistory, maxAge, minStorageInterval } = requireSpec(sequence)
  const held = isImageSequence(sequence) ? await measureAllImages(ctx, sequence) : await measureValues(ctx, sequence)
  return {
    id: sequence.id,
    path: pathOf(sequence),
    data_type: dataTypeNames[dataType],
    units: units ?? null,
    decimal_places: decimalPlaces ?? null,
    ...held,
    max_history: maxHistory,
    max_age: maxAge === undefined ? null : formatDuration(maxAge),
    min_storage_interval: minStorageInterval / SECOND,
  }
}

type Held = Pick<SequenceReport, 'values' | 'first_timestamp' | 'last_timestamp' | 'unsealed' | 'blocks' | 'bytes' | 'bytes_per_value'>

async function measureValues(ctx: Context, sequence: Resource): Promise<Held> {
  const { count, first, last, unsealed, blocks, bytes } = await ctx.sequences.info(refOf(sequence))
  const sealed = count - unsealed
  return {
    values: count,
    first_timestamp: timestampOrNull(first),
    last_timestamp: timestampOrNull(last),
    unsealed,
    blocks,
    bytes,
    bytes_per_value: perValue(bytes, sealed),
  }
}

/** An image is as large as it is, and its thumbnail comes with it. */
async function measureAllImages(ctx: Context, sequence: Resource): Promise<Held> {
  const images = await measureImages(ctx.db, sequence.id)
  const bytes = images.bytes + (await measureThumbnails(ctx, sequence)).bytes
  return {
    values: images.count,
    first_timestamp: timestampOrNull(images.first),
    last_timestamp: timestampOrNull(images.last),
    unsealed: null,
    blocks: null,
    bytes,
    bytes_per_value: perValue(bytes, images.count),
  }
}

const perValue = (bytes: number, count: number): number | null => (count > 0 ? Math.round((bytes / count) * 1_000) / 1_000 : null)
