/** Topics of clients whose key is mounted: what they call `tele/plug/STATE` lies below the folder of their controller. */
import type { Context } from '../../src/context.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { pathOf } from '../../src/tree/tree.ts'

/** What stands before each of their topics; undefined: nothing. */
export function mountOf({ tree }: Pick<Context, 'tree'>, actor: Actor): string | undefined {
  if (actor.kind !== 'controller' || actor.isMounted !== true) return undefined
  const controller = tree.byId(actor.controllerId)
  return controller && `${pathOf(controller).slice(1)}/`
}

/** A topic or filter of a client, as the server knows it. */
export const inward = (mount: string | undefined, topic: string): string => (mount === undefined ? topic : mount + topic)

/** A topic of the server, as a client knows it. */
export const outward = (mount: string | undefined, topic: string): string =>
  mount !== undefined && topic.startsWith(mount) ? topic.slice(mount.length) : topic

/** Whether a topic has a name at a client: the folder that its topics lie below has none itself. */
export const isNamed = (mount: string | undefined, topic: string): boolean => mount === undefined || topic.startsWith(mount)
