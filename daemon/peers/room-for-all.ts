/**
 * Who gives way when a transport has as many connections as it takes: a caller who has many of them, for one who has few. Otherwise the key
 * of one device, found or run wild, would keep all others out.
 */
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'

/**
 * @param connections all that there are, the oldest first
 * @returns the oldest one of the caller who has most of them; undefined when nobody has at least two more than the newcomer, or when nobody
 *   knows who that is
 */
export function whoGivesWay<C extends { readonly actor: Actor }>(connections: Iterable<C>, newcomer: Actor): C | undefined {
  if (newcomer.kind === 'anonymous') return undefined
  const callers = new Map<string, { oldest: C; count: number }>()
  for (const connection of connections) {
    const identity = actorIdentity(connection.actor)
    const caller = callers.get(identity)
    if (caller) caller.count++
    else callers.set(identity, { oldest: connection, count: 1 })
  }
  let most: { oldest: C; count: number } | undefined
  for (const caller of callers.values()) if (caller.count > (most?.count ?? 0)) most = caller
  return most && most.count >= (callers.get(actorIdentity(newcomer))?.count ?? 0) + 2 ? most.oldest : undefined
}
