/**
 * Says where people look that a value came and was not stored: in the log of the controller that it was for or came from, so that a typo in
 * a device's program is found even if the device reads no answers. Each reason is noted once an hour, and few an hour for each controller;
 * all are counted ({@link RefusedCounts}) for the controller's page.
 */
import type { Context } from '../context.ts'
import { quote } from '../base/path.ts'
import { actorIdentity, type Actor } from '../tree/actor.ts'
import { canWrite } from '../tree/permissions.ts'
import { HOUR, type Micros } from '../base/time.ts'
import { RefusedCounts } from './refused-counts.ts'
import type { Resource } from '../tree/tree.ts'
import { CONTROLLER_FOLDER, TEXT } from '../wire/resource-types.ts'
import { storeValues } from './sequences.ts'

/** Lines an hour in the log of one controller. */
const MAX_LINES = 20
/** Sources kept apart; past it the oldest is forgotten. */
const MAX_SOURCES = 1_000
const MAX_LINE = 1_000

interface Saying {
  readonly how: string
  readonly path: string
  readonly message: string
  /** Told apart by this, beside the path. */
  readonly key: string
  readonly isStored: boolean
}

interface Noted {
  readonly since: Micros
  readonly said: Set<string>
}

export class SkipNotes {
  /** By id of the controller; 0: those for which there is none. */
  readonly #noted = new Map<number, Noted>()
  readonly refused = new RefusedCounts()

  /**
   * @param how the transport, as in `HTTP`
   * @param path as the sender named the sequence
   */
  note(ctx: Context, actor: Actor, how: string, path: string, message: string): void {
    const controller = controllerFor(ctx, actor, path)
    if (controller) this.refused.add(controller.id, path, message, ctx.clock.now())
    this.#say(ctx, actor, controller, { how, path, message, key: message, isStored: false })
  }

  /** As {@link note}, of a value that is stored, and not as its sender may think. @param kind said once an hour */
  remark(ctx: Context, actor: Actor, how: string, path: string, message: string, kind: string): void {
    this.#say(ctx, actor, controllerFor(ctx, actor, path), { how, path, message, key: kind, isStored: true })
  }

  /** Writes a line into the log of the controller whose folder it is, or lies in; the same one once an hour. */
  announce(ctx: Context, folder: Resource, line: string): void {
    let controller: Resource | undefined = folder
    while (controller && controller.type !== CONTROLLER_FOLDER) controller = controller.parent
    const noted = this.#notedOf(controller?.id ?? 0, ctx.clock.now())
    if (noted.said.has(line) || noted.said.size >= MAX_LINES) return
    noted.said.add(line)
    ctx.log.warn({ reason: line }, 'a device is not understood as it should be')
    if (controller)
      this.#write(ctx, controller, line).catch((error: unknown) => ctx.log.error({ err: error }, "writing to a controller's log failed"))
  }

  #say(ctx: Context, actor: Actor, controller: Resource | undefined, { how, path, message, key: kind, isStored }: Saying): void {
    const noted = this.#notedOf(controller?.id ?? 0, ctx.clock.now())
    const key = `${path.slice(0, 300)} ${kind}`
    if (noted.said.has(key)) return
    if (noted.said.size >= MAX_LINES) return
    noted.said.add(key)
    const isLast = noted.said.size === MAX_LINES
    ctx.log.warn(
      { caller: actorIdentity(actor), transport: how, path: path.slice(0, 300), reason: message },
      isStored ? 'a value was stored otherwise' : 'a value was not stored',
    )
    if (!controller) return
    const line =
      `A value for ${quote(path)} came by ${how}${isStored ? ': ' : ' and was not stored: '}${message}` +
      (isLast ? ' More like this within the hour are not written down here.' : '')
    this.#write(ctx, controller, line).catch((error: unknown) => ctx.log.error({ err: error }, "writing to a controller's log failed"))
  }

  async #write(ctx: Context, controller: Resource, line: string): Promise<void> {
    const sequence = controller.children.get('log')
    if (sequence?.sequence?.dataType !== TEXT) return
    await storeValues(ctx, [{ sequence, value: line }], [{ value: line.toWellFormed().slice(0, MAX_LINE) }])
  }

  #notedOf(controllerId: number, now: Micros): Noted {
    const known = this.#noted.get(controllerId)
    if (known && now >= known.since && now - known.since < HOUR) return known
    this.#noted.delete(controllerId)
    if (this.#noted.size >= MAX_SOURCES) this.#noted.delete(this.#noted.keys().next().value ?? 0)
    const noted = { since: now, said: new Set<string>() }
    this.#noted.set(controllerId, noted)
    return noted
  }
}

/** The controller whose folder the path leads into, if the actor may write there; otherwise the actor itself. */
function controllerFor(ctx: Context, actor: Actor, path: string): Resource | undefined {
  let at: Resource | undefined
  let found: Resource | undefined
  for (const name of path.replace(/^\/+/, '').split('/')) {
    at = at ? at.children.get(name) : ctx.tree.descend([name])
    if (!at) break
    if (at.type === CONTROLLER_FOLDER) found = at
  }
  if (found && canWrite(ctx, actor, found)) return found
  return actor.kind === 'controller' ? ctx.tree.byId(actor.controllerId) : undefined
}
