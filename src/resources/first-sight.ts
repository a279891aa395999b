/**
 * Sequences at first sight: below a folder with `create_sequences` on, a value for a name that is not there yet makes the sequence, which
 * keeps every value. How many an hour is bounded, so that a device that makes up names fills no lab.
 */
import type { Attributes } from '../attributes/resource-attributes.ts'
import { Fault, invalid, notFound } from '../base/fault.ts'
import { joinPath, quote, requireName } from '../base/path.ts'
import { HOUR } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { requireWrite } from '../tree/permissions.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import { KEEPS_ALL } from '../wire/new-sequence.ts'
import { NUMERIC, SEQUENCE, TEXT } from '../wire/resource-types.ts'
import { createResource } from './creation.ts'

/** Levels below the folder that a value is given to. */
const MAX_DEPTH = 8
/** Longest unit or label that a device gives, in characters. */
const MAX_ABOUT = 50

/** What a device says of its value, as attributes of the sequence. */
export interface AboutNew {
  readonly units?: string | undefined
  readonly label?: string | undefined
  readonly device_class?: string | undefined
}

/**
 * The sequence at names below a folder, made if it may be.
 * @param about of a sequence that is made
 * @throws Fault not_found, invalid, forbidden, throttled
 */
export async function sequenceAtFirstSight(
  ctx: Context,
  actor: Actor,
  folder: Resource,
  names: readonly string[],
  value: unknown,
  about: AboutNew = {},
): Promise<Resource> {
  const found = descend(folder, names)
  if (found) {
    if (!found.sequence) throw invalid(`${pathOf(found)} is not a sequence.`)
    return found
  }
  requireWrite(ctx, actor, folder)
  const maker = makerOf(folder)
  if (!maker) throw notFound(missingSequence(folder, names))
  if (names.length > MAX_DEPTH) throw invalid(`${quote(names.join('/'))} has more than ${MAX_DEPTH} levels.`)
  for (const name of names) requireName(name)
  const path = [pathOf(folder), ...names.slice(0, -1)].join('/')
  const name = names.at(-1) ?? ''
  const limit = ctx.settings.MAX_NEW_SEQUENCES
  // Of the folder that says so, not of one that was made below it: each of those would begin to count anew.
  ctx.throttles.take({ what: `new sequences in ${pathOf(maker)} (MAX_NEW_SEQUENCES)`, limit, window: HOUR }, String(maker.id))
  const isText = typeof value === 'string'
  const systemAttributes: Attributes = {
    data_type: isText ? TEXT : NUMERIC,
    ...KEEPS_ALL,
    ...attributesOf(about, isText),
  }
  try {
    await createResource(ctx, actor, { folder: path, name, type: SEQUENCE, systemAttributes })
  } catch (error) {
    // Another request has just made it.
    if (!(error instanceof Fault && error.code === 'conflict')) throw error
  }
  const made = descend(folder, names)
  if (!made?.sequence) throw invalid(`${joinPath(path, name)} is not a sequence.`)
  ctx.log.info({ sequence: pathOf(made) }, 'made a sequence at first sight')
  return made
}

function attributesOf({ units, label, device_class: deviceClass }: AboutNew, isText: boolean): Attributes {
  const attributes: Attributes = {}
  if (units !== undefined && !isText) attributes['units'] = units.slice(0, MAX_ABOUT)
  if (label !== undefined) attributes['label'] = label.slice(0, MAX_ABOUT)
  if (deviceClass !== undefined) attributes['device_class'] = deviceClass.slice(0, MAX_ABOUT)
  return attributes
}

/** Why there is nowhere to store a value for names below a folder that makes no sequences. */
export const missingSequence = (folder: Resource, names: readonly string[]): string =>
  `There is no sequence ${quote([pathOf(folder), ...names].join('/'))}, and ${pathOf(folder)} makes none by itself: ` +
  'create_sequences is off.'

/** What lies at names below a folder; undefined: nothing yet. @throws Fault invalid when the way leads through what is no folder */
export function descend(folder: Resource, names: readonly string[]): Resource | undefined {
  let at = folder
  for (const name of names) {
    if (!isFolder(at)) throw invalid(`${pathOf(at)} is not a folder, so that nothing can be made in it.`)
    const child = at.children.get(name)
    if (!child) return undefined
    at = child
  }
  return at
}

/** The nearest folder, from this one upwards, that says whether sequences are made at first sight, if it says yes. */
export function makerOf(folder: Resource): Resource | undefined {
  let at: Resource | undefined = folder
  while (at && at.createsSequences === undefined) at = at.parent
  return at?.createsSequences === true ? at : undefined
}
