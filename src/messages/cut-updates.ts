/**
 * An `update` message carries values of several sequences, and whoever may read its folder need not be allowed to read all of them. Each
 * hearer gets those that they may read at delivery.
 */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { Fault } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { requireModestJson } from '../base/json-bounds.ts'
import type { Message } from '../tree/hub.ts'
import { canRead } from '../tree/permissions.ts'
import type { Resource } from '../tree/tree.ts'
import type { Fields } from '../wire/client-messages.ts'

/** Resources by the names in a message that lead to them. */
export type Guarded = ReadonlyMap<string, Resource>

const none: Guarded = new Map<string, Resource>()

/** Names that lead to, or into, something with permission records of its own: not everybody who reads the folder reads it. */
export function findGuarded(folder: Resource, parameters: unknown): Guarded {
  if (!isObject(parameters)) return none
  let guarded: Map<string, Resource> | undefined
  for (const name of Object.keys(parameters)) {
    let at = folder
    let isGuarded = false
    for (const part of name.includes('/') ? name.split('/') : [name]) {
      const child = at.children.get(part)
      if (!child) break
      at = child
      isGuarded ||= child.permissions !== null
    }
    if (isGuarded) (guarded ??= new Map()).set(name, at)
  }
  return guarded ?? none
}

/** Parameters without what the actor may not read: the same object where that is nothing, undefined where no value is left. */
export function cutParameters(ctx: Context, actor: Actor, guarded: Guarded, parameters: Fields): Fields | undefined {
  const hidden = new Set<string>()
  for (const [name, resource] of guarded) if (!canRead(ctx, actor, resource)) hidden.add(name)
  if (hidden.size === 0) return parameters
  const left = Object.entries(parameters).filter(([name]) => !hidden.has(name))
  return left.some(([name]) => name !== '$t') ? Object.fromEntries(left) : undefined
}

/** Cuts messages of the hub; one that many hear is looked through once. */
export class UpdateCuts {
  readonly #ctx: Context
  #message: Message | undefined
  #guarded: Guarded = none
  /** Of the message, by the names that are left in it. */
  readonly #cut = new Map<string, Message>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** What the actor may hear of a message whose folder they may read; undefined for nothing. */
  cut(actor: Actor, message: Message, folder: Resource): Message | undefined {
    if (message.type !== 'update') return message
    if (this.#message !== message) {
      this.#message = message
      this.#guarded = findGuarded(folder, message.parameters)
      this.#cut.clear()
    }
    if (this.#guarded.size === 0 || !isObject(message.parameters)) return message
    const parameters = cutParameters(this.#ctx, actor, this.#guarded, message.parameters)
    if (parameters === undefined || parameters === message.parameters) return parameters && message
    const names = JSON.stringify(Object.keys(parameters))
    const made = this.#cut.get(names) ?? { ...message, parameters }
    this.#cut.set(names, made)
    return made
  }
}

/** Whether members of a device's object, at any depth, lead to something with permission records of its own that the actor may not read. */
function isHidden(ctx: Context, actor: Actor, folder: Resource, members: Fields): boolean {
  return Object.entries(members).some(([name, value]) => {
    const child = folder.children.get(name)
    if (!child) return false
    return (child.permissions !== null && !canRead(ctx, actor, child)) || (isObject(value) && isHidden(ctx, actor, child, value))
  })
}

/** Whether anything that members of a device's object lead to has permission records of its own. */
export function hasGuarded(folder: Resource, members: unknown): boolean {
  if (!isObject(members)) return false
  return Object.entries(members).some(([name, value]) => {
    const child = folder.children.get(name)
    return child !== undefined && (child.permissions !== null || hasGuarded(child, value))
  })
}

/** Whether a payload of a folder's topic may hold an `update`: text that stores or shows one value holds none. */
export const mayHoldUpdate = (payload: Buffer): boolean => payload.length > 0 && payload[1] !== 0x2c

/**
 * A payload for a folder's topic, as {@link Message} is cut; the same buffer where nothing is hidden, undefined where nothing is left.
 * @param payload JSON of types and their parameters; anything else is left as it is
 */
export function cutPayload(ctx: Context, actor: Actor, folder: Resource, payload: Buffer): Buffer | undefined {
  if (!mayHoldUpdate(payload)) return payload
  const text = payload.toString('utf8')
  let content: unknown
  try {
    requireModestJson(text, 'The payload')
    content = JSON.parse(text)
  } catch (error) {
    // What is too much to be looked at may hold anything.
    return error instanceof Fault ? undefined : payload
  }
  if (!isObject(content)) return payload
  // What a device says is handed on as it came, or not at all.
  if (isHidden(ctx, actor, folder, content)) return undefined
  if (!isObject(content['update'])) return payload
  const { update, ...others } = content
  const parameters = cutParameters(ctx, actor, findGuarded(folder, update), content['update'])
  if (parameters === update) return payload
  if (parameters === undefined && Object.keys(others).length === 0) return undefined
  return Buffer.from(JSON.stringify(parameters === undefined ? others : { ...others, update: parameters }))
}
