/** Names in messages that stand for no sequence yet, where one is to be made: see mapping/sightings.ts. */
import { isObject } from '../base/json.ts'
import { splitPath } from '../base/path.ts'
import { Fault } from '../base/fault.ts'
import type { Context } from '../context.ts'
import { typedValue } from '../mapping/bare-values.ts'
import { placeAtPath, type Wanted } from '../mapping/sightings.ts'
import { makerOf } from '../resources/first-sight.ts'
import type { Actor } from '../tree/actor.ts'
import type { ClientMessage } from '../wire/client-messages.ts'
import type { Author } from './caller.ts'
import { requireOwnFolder, resolveFolder } from './messages.ts'

/** What a message needs made before it is begun. */
export function findUnmade(ctx: Context, { actor, names }: Pick<Author, 'actor' | 'names'>, message: ClientMessage): Wanted[] {
  if (message.kind !== 'update' && message.kind !== 'update_sequence') return []
  // What a connection has named before is there.
  if (message.kind === 'update_sequence' && names?.get(message.sequence)) return []
  try {
    return namesIn(ctx, actor, message).filter((wanted) => ctx.devices.sightings.isWanted(ctx, actor, wanted))
  } catch (error) {
    // What is wrong with the message is said when it is begun.
    if (error instanceof Fault) return []
    throw error
  }
}

function namesIn(ctx: Context, actor: Actor, message: Extract<ClientMessage, { kind: 'update' | 'update_sequence' }>): Wanted[] {
  if (message.kind === 'update') {
    const folder = resolveFolder(ctx, actor, message.folder)
    if (!makerOf(folder)) return []
    return Object.entries(message.parameters)
      .filter(([name, value]) => name !== '$t' && !isObject(value) && !Array.isArray(value))
      .map(([name, value]) => ({ folder, names: name.split('/'), value: typedValue(value) }))
  }
  const { sequence, folder, value, encoded } = message
  const wanted = sequence.startsWith('/') ? placeAtPath(ctx, actor, sequence) : undefined
  if (sequence.startsWith('/')) return wanted ? [{ ...wanted, value: typedValue(value) }] : []
  const base = folder === undefined ? requireOwnFolder(ctx, actor, 'sequence') : resolveFolder(ctx, actor, folder)
  const names = splitPath(`/${sequence}`, 'sequence')
  const isElsewhere = folder === undefined && ctx.tree.descend(names) !== undefined
  return isElsewhere ? [] : [{ folder: base, names, value: encoded ? String(value) : typedValue(value) }]
}
