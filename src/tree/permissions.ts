/** What an actor may do with a resource. Every verb checks it; transports don't. Source: protocol, section 3. */
import { actorIdentity, anonymous, readsByLink, type Actor, type LinkGrant } from './actor.ts'
import type { Context } from '../context.ts'
import { Fault, forbidden } from '../base/fault.ts'
import {
  NONE,
  ONE_CONTROLLER,
  ONE_USER,
  ORGANIZATION_CONTROLLERS,
  ORGANIZATION_USERS,
  PUBLIC,
  READ,
  WRITE,
  type PermissionRecord,
} from '../wire/permissions.ts'
import { AUDIT_FOLDER, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { isWithin, pathOf, type Resource, type Tree } from './tree.ts'

/** Own records, plus those of the parent's effective list whose (type, principal) the own records don't name. */
export function effectivePermissions(resource: Resource): readonly PermissionRecord[] {
  const inherited = resource.parent ? effectivePermissions(resource.parent) : []
  const own = resource.permissions
  if (!own) return inherited
  return [
    ...own,
    ...inherited.filter(([type, principal]) => !own.some(([ownType, ownPrincipal]) => ownType === type && ownPrincipal === principal)),
  ]
}

/** Maximum number of levels that are known, of all actors. */
const MAX_LEVELS = 100_000

/** Cache of levels for each actor and resource; emptied whenever something moves, is removed, or is permitted to others. */
export class PermissionCache {
  #version = -1
  #size = 0
  readonly #levels = new Map<string, Map<number, number>>()
  /** The same levels by actor object: an open connection asks with the same one for each value. */
  #actors = new WeakMap<Actor, Map<number, number>>()

  level(tree: Tree, actor: Actor, resource: Resource): number {
    if (this.#version !== tree.accessVersion || this.#size >= MAX_LEVELS) {
      this.#levels.clear()
      this.#actors = new WeakMap()
      this.#size = 0
      this.#version = tree.accessVersion
    }
    const levels = this.#actors.get(actor) ?? this.#levelsOf(actor)
    const known = levels.get(resource.id)
    if (known !== undefined) return known
    // A caller may hold a resource from before a move; compute and cache the level at its current place.
    const live = tree.current(resource)
    const level = computeLevel(tree, actor, live ?? resource)
    // What is deleted may come back at another place.
    if (live) {
      levels.set(resource.id, level)
      this.#size++
    }
    return level
  }

  #levelsOf(actor: Actor): Map<number, number> {
    const identity = actorIdentity(actor)
    let levels = this.#levels.get(identity)
    if (!levels) {
      if (this.#levels.size >= 10_000) this.#levels.clear()
      this.#levels.set(identity, (levels = new Map<number, number>()))
    }
    this.#actors.set(actor, levels)
    return levels
  }
}

function computeLevel(tree: Tree, actor: Actor, resource: Resource): number {
  if (actor.kind === 'user') {
    if (actor.onlyOrganizationId !== undefined && actor.onlyOrganizationId !== resource.organizationId)
      return computeLevel(tree, anonymous, resource)
    if (lacksFactor(tree, actor, resource.organizationId)) return computeLevel(tree, anonymous, resource)
    if (isAuditLog(resource)) return actor.isSystemAdmin ? (actor.userId === 0 ? WRITE : READ) : NONE
    if (actor.isSystemAdmin) return WRITE
  }
  if (isAuditLog(resource)) return NONE
  let highest = NONE
  for (const [type, principal, level] of effectivePermissions(resource)) {
    if (level > highest && applies(tree, actor, type, principal)) highest = level
  }
  if (highest < READ && actor.kind === 'anonymous' && actor.links?.some((link) => shows(tree, link, resource)) === true) return READ
  return highest
}

/** Whether a secret link shows a resource: it lies below what the link is to, and the maker may still give it to others. */
function shows(tree: Tree, { organizationId, placeId, reach, alone, maker }: LinkGrant, resource: Resource): boolean {
  const place = tree.byId(placeId)
  if (!place || resource.organizationId !== organizationId || tree.byId(organizationId)?.forbidsLinks !== false) return false
  const isReached =
    alone.includes(resource.id) ||
    reach.some((id) => {
      const root = tree.byId(id)
      return root !== undefined && isWithin(resource, root)
    })
  return isReached && computeLevel(tree, maker, place) >= WRITE && computeLevel(tree, maker, resource) >= READ
}

/** Whether the organization keeps the actor out until they have a second factor. */
const lacksFactor = (tree: Tree, actor: Actor, organizationId: number): boolean =>
  actor.kind === 'user' && actor.lacksFactor === true && tree.byId(organizationId)?.requiresFactor === true

/**
 * Whether it is `/system/audit` or in it: system admins read there what they and others did, and nobody but the server writes or deletes.
 */
function isAuditLog({ name, parent }: Resource): boolean {
  if (!parent) return false
  return parent.parent ? isAuditLog(parent) : name === AUDIT_FOLDER && parent.name === SYSTEM_FOLDER
}

/** Whether a record's type and principal apply to the actor. */
export function applies(tree: Tree, actor: Actor, type: number, principal: number): boolean {
  switch (type) {
    case PUBLIC:
      return true
    case ORGANIZATION_USERS:
      return actor.kind === 'user' && tree.isMember(principal, actor.userId)
    case ORGANIZATION_CONTROLLERS:
      // Use the controller's current organization: an open connection keeps its actor while its controller moves to another one.
      return actor.kind === 'controller' && (tree.byId(actor.controllerId)?.organizationId ?? actor.organizationId) === principal
    case ONE_USER:
      return actor.kind === 'user' && actor.userId === principal
    case ONE_CONTROLLER:
      return actor.kind === 'controller' && actor.controllerId === principal
    default:
      return false
  }
}

export const canRead = (ctx: Context, actor: Actor, resource: Resource): boolean => ctx.permissions.level(ctx.tree, actor, resource) >= READ
export const canWrite = (ctx: Context, actor: Actor, resource: Resource): boolean =>
  ctx.permissions.level(ctx.tree, actor, resource) >= WRITE

/** Whether an actor may know that a resource is there: who may read it, and admins of its organization, who set who may. */
export const mayKnow = (ctx: Context, actor: Actor, resource: Resource): boolean =>
  canRead(ctx, actor, resource) || isOrganizationAdmin(ctx, actor, resource.organizationId)

/** The one answer to callers without a key, whatever they ask for: hidden things, missing ones and those of another type look alike. */
export const unknownToAnybody = (): Fault =>
  forbidden('You may not read or change that without a key, or it is not there. Send a key, or sign in.')

/** @throws Fault forbidden */
export function requireRead(ctx: Context, actor: Actor, resource: Resource): void {
  if (!canRead(ctx, actor, resource)) throw refusal(ctx, actor, resource, 'read')
}

/** For what tells of people and of earlier states, which whoever reads by a secret link doesn't see. @throws Fault forbidden */
export function requireNoLink(actor: Actor, what: string): void {
  if (readsByLink(actor)) throw forbidden(`A secret link does not show ${what}.`)
}

/** @throws Fault forbidden */
export function requireWrite(ctx: Context, actor: Actor, resource: Resource): void {
  if (!canWrite(ctx, actor, resource)) throw refusal(ctx, actor, resource, 'change')
}

/** The refusal of a member whom their organization keeps out for want of a second factor: it says what to do about it. */
export function missingFactor({ tree }: Context, actor: Actor, organizationId: number): Fault | undefined {
  if (!lacksFactor(tree, actor, organizationId) || actor.kind !== 'user') return undefined
  if (!tree.isMember(organizationId, actor.userId) && !actor.isSystemAdmin) return undefined
  return new Fault(
    'forbidden',
    `/${tree.byId(organizationId)?.name ?? ''} requires a second factor of its members. Set one up first: page /-/second-factors.`,
    { needs: 'second_factor' },
  )
}

/** Names the path only to those who may know it: others may have given an id. */
function refusal(ctx: Context, actor: Actor, resource: Resource, doing: string): Fault {
  if (actor.kind === 'anonymous') return unknownToAnybody()
  const withoutFactor = missingFactor(ctx, actor, resource.organizationId)
  if (withoutFactor) return withoutFactor
  return forbidden(`You may not ${doing} ${mayKnow(ctx, actor, resource) ? pathOf(resource) : 'that, or it is not there'}.`)
}

/** True for system admins and for admins of the organization that the resource belongs to. */
export function isOrganizationAdmin(ctx: Context, actor: Actor, organizationId: number): boolean {
  if (actor.kind !== 'user') return false
  if (actor.onlyOrganizationId !== undefined && actor.onlyOrganizationId !== organizationId) return false
  if (lacksFactor(ctx.tree, actor, organizationId)) return false
  return actor.isSystemAdmin || ctx.tree.isAdmin(organizationId, actor.userId)
}
