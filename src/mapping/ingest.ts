/** Messages of devices that come by HTTP: what they say goes to sequences, as if it had come by MQTT. */
import { Fault, invalid, notFound } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { requireSpec, storeValues } from '../sequences/sequences.ts'
import { Tally } from '../sequences/tally.ts'
import { parseValue } from '../sequences/value-parsing.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import { valuesOf, type DeviceValues } from './device-values.ts'
import { placeOf, readPayload, type Place } from './devices.ts'
import type { Mapped, Payload } from './reading.ts'
import { placeAtPath } from './sightings.ts'

/** Messages in one list. */
export const MAX_MESSAGES = 10_000

/** Bytes of a message from which on others have their turn between its steps. */
const LARGE = 100_000

export const tooManyMessages = (): Fault => new Fault('too_large', `More than ${MAX_MESSAGES} messages in one list: nothing was stored.`)

/**
 * Stores what messages say; durable when it resolves. What can't be stored is named in the tally, and on the controller's page.
 * @param folder where it was sent to
 * @param topic levels below it
 * @param more `how`: the transport's name, as people know it; `damaged`: why others of the same body could not be read
 * @throws Fault forbidden, too_large; invalid when there is nothing in them that is a value
 */
export async function ingest(
  ctx: Context,
  actor: Actor,
  folder: Resource,
  topic: readonly string[],
  payloads: readonly Payload[],
  { how = 'HTTP', damaged = [] }: { readonly how?: string; readonly damaged?: readonly string[] } = {},
): Promise<Tally> {
  if (!isFolder(folder)) throw invalid(`${pathOf(folder)} is not a folder.`)
  requireWrite(ctx, actor, folder)
  if (payloads.length > MAX_MESSAGES) throw tooManyMessages()
  const place = placeOf(folder, topic) ?? { base: folder, topic }
  const tally = new Tally()
  const refuse = (message: string): void => {
    tally.skip(pathOf(folder), message)
    ctx.skipNotes.note(ctx, actor, how, pathOf(folder), message)
  }
  let isUnderstood = payloads.length === 0 && damaged.length === 0
  const strange: number[] = []
  for (const [at, payload] of payloads.entries()) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    ctx.devices.recent.add(place.base.id, place.topic.join('/'), payload.bytes, ctx.clock.now())
    await ctx.devices.prepare(ctx, place)
    const mapped = ctx.devices.read(ctx, place, payload)
    if (payload.bytes.length > LARGE) await ctx.turns.next()
    if (!mapped) {
      strange.push(at)
      continue
    }
    isUnderstood = true
    if (mapped.doubt !== undefined)
      ctx.skipNotes.remark(
        ctx,
        actor,
        how,
        pathOf(folder),
        `The time of its message, ${mapped.doubt}: it is stored at the server's time.`,
        'time',
      )
    await store(ctx, { actor, how, tally }, await make(ctx, actor, place, mapped))
  }
  if (!isUnderstood && damaged[0] !== undefined) throw invalid(damaged[0])
  if (!isUnderstood) throw invalid('There is no value in it: send a JSON object such as {"temperature": 21.5}, a list of such, or a form.')
  for (const message of damaged) refuse(message)
  for (const at of strange) refuse(`Message ${at + 1} of the body holds no value that could be taken.`)
  return tally
}

/** An object of values for a path below a folder; adds to the tally. Never throws a Fault for what is wrong with the path. */
export async function ingestAt(ctx: Context, actor: Actor, path: string, object: object, tally: Tally): Promise<void> {
  try {
    const place = placeAtPath(ctx, actor, path)
    if (!place) throw notFound(`There is no resource ${quote(path)}.`)
    tally.plus(await ingest(ctx, actor, place.folder, place.names, [readPayload(Buffer.from(JSON.stringify(object)))]))
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'busy') throw error
    tally.skip(path, error.message)
    ctx.skipNotes.note(ctx, actor, 'HTTP', path, error.message)
  }
}

async function make(ctx: Context, actor: Actor, { base }: Place, mapped: Mapped): Promise<DeviceValues> {
  const values = valuesOf(ctx, actor, base, mapped)
  if (values.wanted.length === 0) return values
  await ctx.devices.sightings.make(ctx, actor, values.wanted)
  return valuesOf(ctx, actor, base, mapped)
}

async function store(
  ctx: Context,
  { actor, how, tally }: { actor: Actor; how: string; tally: Tally },
  { updates, skipped }: DeviceValues,
): Promise<void> {
  for (const { path, message } of skipped) {
    tally.skip(path, message)
    ctx.skipNotes.note(ctx, actor, how, path, message)
  }
  if (updates.length === 0) return
  const parsed = updates.map(({ sequence, value }) => parseValue(requireSpec(sequence), sequence, value))
  for (const { outcome } of await storeValues(ctx, updates, parsed)) tally.add(outcome)
}
