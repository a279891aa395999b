/** When a device without a clock measured: by a counter that nobody sets, which each of its boots begins anew. */
import { invalid } from '../base/fault.ts'
import { DAY, SECOND, type Micros } from '../base/time.ts'

const LONGEST_AGE = 3_650 * DAY
/** Maximum length of a boot's name, in characters. */
export const MAX_BOOT_LENGTH = 100

/** Counts are in microseconds. */
export interface CounterReading {
  /** What the counter showed when it was measured. */
  readonly measured: Micros
  /** What it showed when that was sent. */
  readonly counted: Micros
  /** Names the boot that it counts from: then a reading that is sent again comes to the same time. */
  readonly boot: string | undefined
}

/** The names under which a way in takes what the counter says. */
interface Names {
  readonly monotonic: string
  readonly monotonic_now: string
  readonly boot: string
}

const PLAIN: Names = { monotonic: 'monotonic', monotonic_now: 'monotonic_now', boot: 'boot' }
/** Beside names of sequences, as `$t`. */
const BESIDE_VALUES: Names = { monotonic: '$monotonic', monotonic_now: '$monotonic_now', boot: '$boot' }

/**
 * @param monotonic seconds
 * @param monotonicNow seconds
 * @returns undefined where no counter is named
 * @throws Fault invalid for one that can't be
 */
export function counterReading(
  monotonic: number | undefined,
  monotonicNow: number | undefined,
  boot: string | undefined,
  names = PLAIN,
): CounterReading | undefined {
  if ((monotonic === undefined) !== (monotonicNow === undefined))
    throw invalid(
      `${names.monotonic} and ${names.monotonic_now} go together: what the counter showed at the measurement, and what it shows now.`,
    )
  if (monotonic === undefined || monotonicNow === undefined) {
    if (boot !== undefined)
      throw invalid(`${names.boot} goes with ${names.monotonic} and ${names.monotonic_now}, which count from that boot.`)
    return undefined
  }
  const age = Math.round((monotonicNow - monotonic) * SECOND)
  if (!(age >= 0) || age > LONGEST_AGE)
    throw invalid(
      `${names.monotonic_now} less ${names.monotonic} is ${monotonicNow - monotonic} seconds; ` +
        'it must be the age of the value, at most ten years.',
    )
  return { measured: Math.round(monotonic * SECOND), counted: Math.round(monotonicNow * SECOND), boot }
}

/** What a message's parameters say of a counter. @throws Fault invalid */
export function parseCounter(fields: Readonly<Record<string, unknown>>, beside: 'plain' | 'values'): CounterReading | undefined {
  const names = beside === 'plain' ? PLAIN : BESIDE_VALUES
  return counterReading(
    seconds(fields, names.monotonic),
    seconds(fields, names.monotonic_now),
    parseBoot(fields[names.boot], names.boot),
    names,
  )
}

/** What is left beside the counter's own names. */
export function withoutCounter(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { $monotonic: _measured, $monotonic_now: _counted, $boot: _boot, ...values } = fields
  return values
}

function seconds(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !(value >= 0)) throw invalid(`${name} must be a number of seconds, 0 or more.`)
  return value
}

function parseBoot(boot: unknown, name: string): string | undefined {
  if (boot === undefined || boot === null || boot === '') return undefined
  if (typeof boot !== 'string' || boot.length > MAX_BOOT_LENGTH)
    throw invalid(`${name} must be text of at most ${MAX_BOOT_LENGTH} characters.`)
  return boot
}
