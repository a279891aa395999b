/**
 * Finds what callers name. What they may not know of is answered like what is not there: an id then stands for nothing, and a path in a
 * place that they may not read gets the same refusal whether something is there or not.
 */
import { isSystemAdmin, type Actor } from './actor.ts'
import type { Context } from '../context.ts'
import { forbidden, notFound, type Fault } from '../base/fault.ts'
import { quote, splitPath } from '../base/path.ts'
import { mayKnow, missingFactor, unknownToAnybody } from './permissions.ts'
import type { Resource } from './tree.ts'

/** The resource with an id, if the actor may know of it. */
export function findById(ctx: Context, actor: Actor, id: number): Resource | undefined {
  const found = ctx.tree.byId(id)
  return found && mayKnow(ctx, actor, found) ? found : undefined
}

/** The resource at a path, if the actor may know of it. @throws Fault invalid for a malformed path */
export function findByPath(ctx: Context, actor: Actor, path: string, field?: string): Resource | undefined {
  const found = ctx.tree.find(path, field)
  return found && mayKnow(ctx, actor, found) ? found : undefined
}

/** @throws Fault not_found; forbidden in a place that the actor may not read; invalid for a malformed path */
export function requireResource(ctx: Context, actor: Actor, path: string, field = 'path'): Resource {
  const found = findByPath(ctx, actor, path, field)
  if (!found) throw refuseMissing(ctx, actor, splitPath(path, field), notFound(`There is no resource ${quote(path)}.`))
  return found
}

/**
 * Why there is nothing for the actor at a path. Whether something is there shows only to those who may read the place: the last that exists
 * along the path.
 * @param names of the path, outermost first
 * @param missing what those get who may know that nothing is there
 */
export function refuseMissing(ctx: Context, actor: Actor, names: readonly string[], missing: Fault): Fault {
  if (actor.kind === 'anonymous') return unknownToAnybody()
  let place: Resource | undefined
  for (let depth = 1; depth <= names.length; depth++) {
    const next = ctx.tree.descend(names.slice(0, depth))
    if (!next) break
    place = next
  }
  // The names at the root are those of organizations.
  const isOpen = place ? mayKnow(ctx, actor, place) : isSystemAdmin(actor)
  if (isOpen) return missing
  const withoutFactor = place && missingFactor(ctx, actor, place.organizationId)
  return withoutFactor ?? forbidden(`You may not read or change /${names.join('/')}, or it is not there.`)
}
