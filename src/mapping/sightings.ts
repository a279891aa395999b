/** Makes sequences for values of unknown names, and remembers for a while which it could not make. */
import { Fault } from '../base/fault.ts'
import { quote, splitPath } from '../base/path.ts'
import { MINUTE, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { descend, makerOf, sequenceAtFirstSight, type AboutNew } from '../resources/first-sight.ts'
import type { Actor } from '../tree/actor.ts'
import { canWrite, mayKnow } from '../tree/permissions.ts'
import { isFolder, type Resource } from '../tree/tree.ts'
import { typedValue } from './bare-values.ts'

/** A value for a name that is not there. */
export interface Wanted {
  readonly folder: Resource
  readonly names: readonly string[]
  readonly value: unknown
  readonly about?: AboutNew | undefined
}

/** How long one that could not be made is not tried again. */
const QUIET: Micros = MINUTE
const MAX_FAILURES = 10_000
/** Paths that are looked up between two looks at the clock. */
const STEP = 16
/** Texts that stand for no value: they tell nothing of what their sequence will hold. */
const MISSING = /^(?:nan|-{1,5}(?:\.-{1,3})?|none|null|undefined|unavailable|unknown|n\/a|[+-]?inf(?:inity)?)?$/i

/**
 * `21,5`, `21.5 °C`, `40 %` and `"21.5"` in quotes: meant as numbers, and none. A sequence of texts made for them would never hold the
 * device's numbers.
 */
const NEAR_NUMBER = /^(?:[+-]?\d{1,15}(?:,\d{1,15}|(?:[.,]\d{1,15})? ?(?:°[CF]?|℃|℉|%))|"[+-]?\d{1,15}(?:\.\d{1,15})?")$/

/** Why a text makes no sequence, as a sentence; undefined: it may. */
export function whyNoText(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const advice = 'If text is meant, make a sequence of texts for it first.'
  if (NEAR_NUMBER.test(value.trim()))
    return `${quote(value)} is text, and there is no sequence yet: send the number alone, with a decimal point. ${advice}`
  // A message that was cut off, or written by hand: values of it would be expected below the name.
  if (/^\s*[{[]./s.test(value)) return `${quote(value.slice(0, 100))} begins as JSON does, and can’t be read as such. ${advice}`
  return undefined
}

interface Failure {
  readonly message: string
  readonly until: Micros
}

export class Sightings {
  readonly #failures = new Map<string, Failure>()

  /**
   * Whether a sequence is to be made for a value; false where there is one, or something else, or where none may be made.
   * What it says stays the same until {@link make} was called.
   */
  isWanted(ctx: Context, actor: Actor, { folder, names, value }: Wanted): boolean {
    if (!makerOf(folder) || isMissing(value) || whyNoText(value) !== undefined || !canWrite(ctx, actor, folder)) return false
    try {
      if (descend(folder, names)) return false
    } catch (error) {
      if (error instanceof Fault) return false
      throw error
    }
    return this.failureOf(ctx, folder, names) === undefined
  }

  /** Never throws a Fault: what can't be made is told by {@link failureOf}. */
  async make(ctx: Context, actor: Actor, wanted: readonly Wanted[]): Promise<void> {
    for (const { folder, names, value, about } of wanted) {
      try {
        await sequenceAtFirstSight(ctx, actor, folder, names, plainOf(value), about)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        if (this.#failures.size >= MAX_FAILURES) this.#failures.clear()
        this.#failures.set(keyOf(folder, names), { message: error.message, until: ctx.clock.monotonic() + QUIET })
      }
    }
  }

  /** Why no sequence could be made lately. */
  failureOf(ctx: Context, folder: Resource, names: readonly string[]): string | undefined {
    const key = keyOf(folder, names)
    const failure = this.#failures.get(key)
    if (failure && ctx.clock.monotonic() < failure.until) return failure.message
    if (failure) this.#failures.delete(key)
    return undefined
  }
}

/** Whether a value says that there is none. */
export const isMissing = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && MISSING.test(value.trim()))

/** Truths are 0 and 1. */
const plainOf = (value: unknown): unknown => (typeof value === 'boolean' ? Number(value) : value)

const keyOf = (folder: Resource, names: readonly string[]): string => `${folder.id} ${names.join('/')}`

/**
 * The deepest folder that is there along a path, and the names below it; undefined where there is none that the actor may know of.
 * @throws Fault invalid
 */
export function placeAtPath(ctx: Context, actor: Actor, path: string): Pick<Wanted, 'folder' | 'names'> | undefined {
  const [first = '', ...names] = splitPath(path)
  let folder = ctx.tree.descend([first])
  let depth = 0
  for (; folder && depth < names.length - 1; depth++) {
    const child = folder.children.get(names[depth] ?? '')
    if (!child || !isFolder(child)) break
    folder = child
  }
  return folder && names.length > 0 && mayKnow(ctx, actor, folder) ? { folder, names: names.slice(depth) } : undefined
}

/** Makes sequences for values by their absolute paths, as far as they are missing and may be made. */
export async function makeUnseen(ctx: Context, actor: Actor, values: Readonly<Record<string, unknown>>): Promise<void> {
  const wanted: Wanted[] = []
  let at = 0
  for (const path of Object.keys(values)) {
    if (at++ % STEP === STEP - 1 && ctx.turns.isOver()) await ctx.turns.next()
    const value = values[path]
    if (typeof value === 'object' || !path.startsWith('/')) continue
    try {
      if (ctx.tree.find(path)) continue
      const place = placeAtPath(ctx, actor, path)
      const one = place && { ...place, value: typedValue(value) }
      if (one && ctx.devices.sightings.isWanted(ctx, actor, one)) wanted.push(one)
    } catch (error) {
      // A malformed path leads nowhere, as its value's answer says.
      if (!(error instanceof Fault)) throw error
    }
  }
  if (wanted.length > 0) await ctx.devices.sightings.make(ctx, actor, wanted)
}
