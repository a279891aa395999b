/** From what a device said to values of sequences: which there are, which are to be made, and what can't be stored. */
import { Fault } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { descend, makerOf, missingSequence } from '../resources/first-sight.ts'
import { requireSpec, type ValueUpdate } from '../sequences/sequences.ts'
import { parseValue } from '../sequences/value-parsing.ts'
import type { Actor } from '../tree/actor.ts'
import { canWrite } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { SkippedValue } from '../wire/answers.ts'
import { NUMERIC } from '../wire/resource-types.ts'
import type { Mapped, Reading } from './reading.ts'
import { isMissing, whyNoText, type Wanted } from './sightings.ts'

export interface DeviceValues {
  /** They fit their sequences. */
  readonly updates: readonly ValueUpdate[]
  readonly skipped: readonly SkippedValue[]
  /** Sequences that are to be made first; then it is to be asked again. */
  readonly wanted: readonly Wanted[]
}

/** @param base what the readings lie below */
export function valuesOf(ctx: Context, actor: Actor, base: Resource, mapped: Mapped): DeviceValues {
  const updates: ValueUpdate[] = []
  const wanted: Wanted[] = []
  const skipped = (mapped.problems ?? []).map(({ names, message }) => ({ path: pathBelow(base, names), message }))
  const missing: Reading[] = []
  for (const reading of mapped.readings) {
    const { names, value, units, label, deviceClass, time = mapped.time } = reading
    const skip = (message: string): void => void skipped.push({ path: pathBelow(base, names), message })
    try {
      const sequence = descend(base, names)
      if (sequence) updates.push(updateOf(ctx, actor, sequence, value, time))
      else if (ctx.devices.sightings.isWanted(ctx, actor, { folder: base, names, value }))
        wanted.push({ folder: base, names, value, about: { units, label, device_class: deviceClass } })
      else if (!makerOf(base)) missing.push(reading)
      else skip(ctx.devices.sightings.failureOf(ctx, base, names) ?? whyNotMade(base, names, value))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      skip(error.message)
    }
  }
  const told = missing.find(({ value }) => typeof value !== 'string')
  if (told) skipped.push({ path: pathBelow(base, told.names), message: whyMissing(base, missing) })
  return { updates, skipped, wanted }
}

/** @throws Fault invalid, forbidden */
function updateOf(ctx: Context, actor: Actor, sequence: Resource, value: Reading['value'], time: Micros | undefined): ValueUpdate {
  const spec = requireSpec(sequence)
  if (!canWrite(ctx, actor, sequence)) throw new Fault('forbidden', `You may not change ${pathOf(sequence)}.`)
  const plain = typeof value === 'boolean' && spec.dataType === NUMERIC ? Number(value) : value
  parseValue(spec, sequence, plain)
  return { sequence, value: plain, time }
}

function whyNotMade(base: Resource, names: readonly string[], value: unknown): string {
  if (isMissing(value)) return `${quote(String(value))} is no value, and there is no sequence yet: the first value makes it.`
  return whyNoText(value) ?? `There is no sequence ${quote(names.join('/'))} in ${pathOf(base)}, and you may make none there.`
}

/** Devices pass many things to one another: one line for all values of a message that nothing stores. */
function whyMissing(base: Resource, missing: readonly Reading[]): string {
  const [first, ...others] = missing
  if (!first) return ''
  const more = others.length === 0 ? '' : ` So it is with ${others.length} more of the message.`
  return missingSequence(base, first.names) + more
}

const pathBelow = (base: Resource, names: readonly string[]): string => [pathOf(base), ...names].join('/')
