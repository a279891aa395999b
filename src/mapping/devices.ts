/** What devices send: understood by the mapping of its folder, a format that is known, or as it stands. One for each process. */
import { Fault } from '../base/fault.ts'
import { isObject, parseValuesJson } from '../base/json.ts'
import type { Context } from '../context.ts'
import { makerOf } from '../resources/first-sight.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { isCommand, mapBare } from './bare-values.ts'
import { describe } from './formats/home-assistant.ts'
import { formats } from './known-formats.ts'
import { MAPPING_FILE, type MappingRules } from './mapping-file.ts'
import { Mappings } from './mappings.ts'
import { LIST_PROBLEM, readMembers } from './members.ts'
import { Memory } from './memory.ts'
import { readOwn } from './own-mapping.ts'
import { nameOf, type Format, type Mapped, type Payload, type Surroundings } from './reading.ts'
import { RecentMessages } from './recent-messages.ts'
import { Sightings } from './sightings.ts'

/** Folders whose devices' descriptions are kept; past it the one that was heard of longest ago is forgotten. */
const MAX_MEMORIES = 1_000

/** Where a message belongs. */
export interface Place {
  /** The controller, or the folder that makes sequences or has a mapping of its own: what a mapping names lies below it. */
  readonly base: Resource
  /** Levels of the message's topic below the base. */
  readonly topic: readonly string[]
}

export class Devices {
  /** Of extensions: they come before those that are known. */
  readonly added = new Set<Format>()
  readonly recent = new RecentMessages()
  readonly sightings = new Sightings()
  readonly mappings = new Mappings()
  readonly #memories = new Map<number, Memory>()

  /**
   * What a message says.
   * @param folder set when its topic is that of a folder: a bare value has no name there
   * @param isMessage whether it may be one of the folder's subscribers alone, as `{"set_pump": {"on": true}}`: then members count that
   * lead to something in the folder
   * @returns undefined when there is nothing in it that could be stored
   */
  read(ctx: Context, place: Place, payload: Payload, folder?: Resource, isMessage = false): Mapped | undefined {
    return this.readBy(ctx, this.mappings.of(place.base), place, payload, folder, isMessage)
  }

  /** As {@link read}, by other rules than those of the folder. */
  readBy(
    ctx: Context,
    rules: MappingRules | undefined,
    place: Place,
    payload: Payload,
    folder?: Resource,
    isMessage = false,
  ): Mapped | undefined {
    const surroundings = { now: ctx.clock.now(), memory: this.#memoryOf(place.base.id) }
    const own = rules && readOwn(rules, formats, place.topic, payload, surroundings)
    if (!own && isCommand(place.topic)) return undefined
    const mapped =
      own ??
      readKnown([...this.added, ...formats], place, payload, surroundings) ??
      readPlain(place, payload, surroundings, folder, isMessage)
    const topic = place.topic.join('/')
    return mapped && describe(mapped, surroundings.memory, [topic, `${pathOf(place.base).slice(1)}/${topic}`])
  }

  /** What has to be loaded before {@link read}; undefined: nothing. */
  prepare(ctx: Context, { base, topic }: Place): Promise<unknown> | undefined {
    const loading = this.mappings.prepare(ctx, base)
    if (loading) return loading
    for (const format of formats) {
      const ready = format.prepare?.(topic)
      if (ready) return ready
    }
    return undefined
  }

  #memoryOf(folderId: number): Memory {
    const memory = this.#memories.get(folderId) ?? new Memory()
    this.#memories.delete(folderId)
    const oldest = this.#memories.size >= MAX_MEMORIES ? this.#memories.keys().next().value : undefined
    if (oldest !== undefined) this.#memories.delete(oldest)
    this.#memories.set(folderId, memory)
    return memory
  }
}

function readKnown(known: readonly Format[], { topic }: Place, payload: Payload, surroundings: Surroundings): Mapped | undefined {
  for (const format of known) {
    const mapped = format.read(topic, payload, surroundings)
    if (mapped) return mapped
  }
  return undefined
}

/** As it stands. */
function readPlain(
  { topic }: Place,
  payload: Payload,
  { now }: Surroundings,
  folder: Resource | undefined,
  isMessage: boolean,
): Mapped | undefined {
  const names = topic.map(nameOf)
  if (Array.isArray(payload.json) && !folder && names.length > 0) return { readings: [], problems: [{ names, message: LIST_PROBLEM }] }
  if (!isObject(payload.json)) return folder || names.length === 0 ? undefined : mapBare(payload, names)
  const members = Object.entries(payload.json).filter(([name]) => !isMessage || folder?.children.has(nameOf(name)) === true)
  return members.length === 0 ? undefined : readMembers(Object.fromEntries(members), { above: names, time: { now } })
}

const isBase = (folder: Resource): boolean =>
  folder.type === CONTROLLER_FOLDER || makerOf(folder) === folder || folder.children.has(MAPPING_FILE)

/** @param names of levels below the folder that are no resources */
export function placeOf(folder: Resource, names: readonly string[] = []): Place | undefined {
  const above: string[] = []
  for (let at: Resource | undefined = folder; at; at = at.parent) {
    if (isFolder(at) && isBase(at)) return { base: at, topic: [...above.reverse(), ...names] }
    above.push(at.name)
  }
  return undefined
}

/** Reads bytes as far as they go. @throws Fault too_large for JSON that is more than is parsed at once */
export function readPayload(bytes: Buffer): Payload {
  const text = decode(bytes)
  return { bytes, text, json: text === undefined ? undefined : readJson(text) }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return undefined
  }
}

function readJson(text: string): unknown {
  try {
    return parseValuesJson(text, 'The payload', 'rounded')
  } catch (error) {
    if (error instanceof Fault && error.code !== 'too_large') return undefined
    throw error
  }
}
