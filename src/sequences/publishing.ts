/** Telling the subscribers of a sequence's folder of a new value: the message `sequence_update`. Source: protocol, section 5. */
import type { Context } from '../context.ts'
import type { Sender } from '../tree/hub.ts'
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

/** Asked first, so that a value that nobody hears of costs no message. */
const isHeard = ({ hub }: Context, { parent }: Resource): boolean =>
  parent !== undefined && (hub.onMessage !== undefined || hub.hasSubscribers(parent))

function publish(ctx: Context, sequence: Resource, time: Micros, parameters: object, sender: Sender | undefined): void {
  const folder = sequence.parent
  if (!folder) return
  // Values go back to the controller's other connections, as they did in the original; only the one that sent them is spared.
  ctx.hub.publish({
    folder,
    type: 'sequence_update',
    parameters,
    timestamp: time,
    sequence,
    ...(sender?.connection ? { sender: { connection: sender.connection } } : {}),
  })
}
