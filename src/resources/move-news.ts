/** Telling of a new name or place: the message `resource_moved`. */
import type { Context } from '../context.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

/**
 * Tells who asked for it, in the folder that it was in and in all folders that came along. Call it after the change.
 * @param from the path before @param folder where it was; undefined: at the root
 */
export function tellMoved(ctx: Context, id: number, from: string, folder: Resource | undefined): void {
  const resource = ctx.tree.byId(id)
  if (!resource || pathOf(resource) === from) return
  ctx.hub.publish({
    folder: folder ?? resource,
    type: 'resource_moved',
    parameters: { id, from, to: pathOf(resource) },
    timestamp: ctx.clock.now(),
    sequence: resource,
    isNews: true,
    within: resource,
  })
}
