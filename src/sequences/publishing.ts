/** Telling the subscribers of a sequence's folder of a new value: the message `sequence_update`. Source: protocol, section 5. */
import type { Context } from '../context.ts'
import type { Sender } from '../tree/hub.ts'
import type { Range } from '../storage/sequence-store.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

/** Of an image that is stored; none of one that is only shown. */
export interface ImageRevisions {
  readonly revisionId?: number
  readonly thumbnailRevisionId?: number
}

/** @param value as it was sent, where that is known */
export function publishValue(ctx: Context, sequence: Resource, time: Micros, value: number | string, sender: Sender | undefined): void {
  if (!isHeard(ctx, sequence)) return
  const parameters = { id: sequence.id, name: pathOf(sequence), timestamp: formatTimestamp(time), value: String(value) }
  publish(ctx, sequence, time, parameters, sender)
}

export function publishImage(
  ctx: Context,
  sequence: Resource,
  time: Micros,
  { revisionId, thumbnailRevisionId }: ImageRevisions,
  sender: Sender | undefined,
): void {
  if (!isHeard(ctx, sequence)) return
  const parameters = {
    id: sequence.id,
    name: pathOf(sequence),
    timestamp: formatTimestamp(time),
    ...(revisionId === undefined ? {} : { revision_id: revisionId }),
    ...(thumbnailRevisionId === undefined ? {} : { thumbnail_revision_id: thumbnailRevisionId }),
  }
  publish(ctx, sequence, time, parameters, sender)
}

/** Tells who asked for it that values of a sequence are gone, or are read otherwise: `values_removed`. */
export function publishRemoval(ctx: Context, sequence: Resource, { start, end }: Range): void {
  const folder = sequence.parent
  if (!folder || !isHeard(ctx, sequence)) return
  ctx.hub.publish({
    folder,
    type: 'values_removed',
    parameters: {
      id: sequence.id,
      name: pathOf(sequence),
      start_timestamp: start === undefined ? null : formatTimestamp(start),
      end_timestamp: end === undefined ? null : formatTimestamp(end),
    },
    timestamp: ctx.clock.now(),
    sequence,
    isNews: true,
  })
}

/** Asked first, so that a value that nobody hears of costs no message. */
export const isHeard = ({ hub }: Context, { parent }: Resource): boolean =>
  parent !== undefined && (hub.onMessage !== undefined || hub.hasSubscribers(parent))

function publish(ctx: Context, sequence: Resource, time: Micros, parameters: object, sender: Sender | undefined): void {
  const folder = sequence.parent
  if (!folder) return
  ctx.hub.publish({
    folder,
    type: 'sequence_update',
    parameters,
    timestamp: time,
    sequence,
    ...(sender ? { sender } : {}),
  })
}
