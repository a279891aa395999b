/** Tries a mapping on the last messages of a folder, without storing anything. */
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { readText } from '../resources/text-content.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import { Fault } from '../base/fault.ts'
import { placeOf, readPayload } from './devices.ts'
import { formatNames } from './known-formats.ts'
import { MAX_MAPPING_BYTES, parseMapping, type MappingRules } from './mapping-file.ts'
import { mappingOf } from './mappings.ts'

export interface TriedMessage {
  /** Below the folder. */
  readonly topic: string
  readonly time: Micros
  /** Its beginning, as text where it is text. */
  readonly payload: string
  /** What would be stored, at a path below the folder. */
  readonly values: readonly { readonly path: string; readonly value: string; readonly units: string | undefined }[]
  readonly problems: readonly { readonly path: string; readonly message: string }[]
  /** The time that its values would get; undefined: the server's. */
  readonly at: Micros | undefined
}

const MAX_SHOWN = 300

/**
 * What the last messages of a folder's devices say, the newest first.
 * @param text of a mapping; undefined: by the one that counts now
 * @throws Fault forbidden; invalid when the mapping is wrong, with the line
 */
export async function tryMapping(ctx: Context, actor: Actor, folder: Resource, text: string | undefined): Promise<TriedMessage[]> {
  requireWrite(ctx, actor, folder)
  if (!isFolder(folder)) throw new Fault('invalid', `${pathOf(folder)} is not a folder.`)
  await ctx.devices.mappings.prepare(ctx, folder)
  const rules: MappingRules | undefined =
    text === undefined ? ctx.devices.mappings.of(folder) : await parseMapping(ctx.yaml, text, formatNames)
  const { base, topic: above } = placeOf(folder) ?? { base: folder, topic: [] }
  const beginning = above.map((level) => `${level}/`).join('')
  const tried: TriedMessage[] = []
  for (const message of ctx.devices.recent.of(base.id)) {
    if (!message.topic.startsWith(beginning)) continue
    const topic = message.topic.slice(beginning.length)
    const place = { base: folder, topic: topic === '' ? [] : topic.split('/') }
    await ctx.devices.prepare(ctx, place)
    const payload = readPayload(message.payload)
    const mapped = message.isWhole ? ctx.devices.readBy(ctx, rules, place, payload) : undefined
    const cut = message.isWhole ? [] : [{ path: '', message: 'Only its beginning was kept: it can not be tried.' }]
    tried.push({
      topic,
      time: message.time,
      payload: (payload.text ?? payload.bytes.toString('hex')).slice(0, MAX_SHOWN),
      values: (mapped?.readings ?? []).map(({ names, value, units }) => ({
        path: names.join('/'),
        value: String(value).slice(0, MAX_SHOWN),
        units,
      })),
      problems: [...cut, ...(mapped?.problems ?? []).map(({ names, message: text }) => ({ path: names.join('/'), message: text }))],
      at: mapped?.time,
    })
  }
  return tried
}

/** The text of a folder's mapping; undefined: it has none, or none that is text. @throws Fault forbidden */
export async function readMappingText(ctx: Context, actor: Actor, folder: Resource): Promise<string | undefined> {
  requireWrite(ctx, actor, folder)
  const file = mappingOf(folder)
  return file && (await readText(ctx, actor, file, { limit: MAX_MAPPING_BYTES })).text
}
