/** The verbs that extensions get, as one actor. Permission is checked by the verbs beneath. */
import { invalid } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { sendMessage } from '../messages/messages.ts'
import { listFolder } from '../resources/listing.ts'
import { appendValues, readValues } from '../sequences/sequences.ts'
import type { Actor } from '../tree/actor.ts'
import { findByPath, requireResource } from '../tree/finding.ts'
import { canRead, canWrite } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { resourceTypeName } from '../wire/resource-types.ts'
import type { ExtensionCaller, LabAccess, LabEntry } from './interface.ts'
import { asServer } from './origin.ts'

/** Values in one call. */
const MOST_VALUES = 10_000
const DEFAULT_LIMIT = 1_000

export const entryOf = (resource: Resource): LabEntry => ({
  id: resource.id,
  name: resource.name,
  path: pathOf(resource),
  type: resourceTypeName(resource.type),
})

export const callerOf = (actor: Actor): ExtensionCaller =>
  actor.kind === 'anonymous'
    ? { kind: 'anonymous', isSystemAdmin: false }
    : actor.kind === 'user'
      ? { kind: 'user', id: actor.userId, isSystemAdmin: actor.isSystemAdmin }
      : { kind: 'controller', id: actor.controllerId, isSystemAdmin: false }

/** @param actorNow asked at each call, as what an actor may do changes */
export const labAccess = (ctx: Context, actorNow: () => Actor): LabAccess => asServer(verbsOf(ctx, actorNow))

function verbsOf(ctx: Context, actorNow: () => Actor): LabAccess {
  return {
    find: async (path) => {
      const found = findByPath(ctx, actorNow(), path)
      return found && canRead(ctx, actorNow(), found) ? entryOf(found) : undefined
    },
    list: async (folder) => {
      const found = requireResource(ctx, actorNow(), folder)
      const entries = await listFolder(ctx, actorNow(), found)
      return entries.flatMap(({ id }) => ctx.tree.byId(id) ?? []).map(entryOf)
    },
    mayWrite: async (path) => {
      const found = findByPath(ctx, actorNow(), path)
      return found !== undefined && canWrite(ctx, actorNow(), found)
    },
    values: async (path, { start, end, limit = DEFAULT_LIMIT, order = 'ascending' } = {}) => {
      if (!Number.isInteger(limit) || limit < 1 || limit > MOST_VALUES) throw invalid(`limit must be from 1 to ${MOST_VALUES}.`)
      const sequence = requireResource(ctx, actorNow(), path)
      const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }
      const { times, values } = await readValues(ctx, actorNow(), sequence, { ...range, limit, order })
      return times.map((time, at) => ({ time, value: values[at] ?? '' }))
    },
    store: async (values) => {
      if (values.length > MOST_VALUES) throw invalid(`At most ${MOST_VALUES} values are stored in one call.`)
      const updates = values.map(({ path, value, time }) => ({
        sequence: requireResource(ctx, actorNow(), path),
        value,
        ...(time === undefined ? {} : { time: requireTime(time) }),
      }))
      await appendValues(ctx, actorNow(), updates)
    },
    send: async (folder, type, parameters) => sendMessage(ctx, actorNow(), requireResource(ctx, actorNow(), folder), type, parameters),
  }
}

function requireTime(time: number): Micros {
  if (!Number.isSafeInteger(time)) throw invalid(`time must be whole microseconds since 1970, and is ${String(time)}.`)
  return time
}
