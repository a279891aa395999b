/**
 * How many values of each controller were not stored lately, and why: in memory, for the pages that say how a controller is. What was
 * mended is forgotten when nothing was refused for a week.
 */
import { DAY, formatTimestamp, type Micros } from '../base/time.ts'
import type { RefusedValues } from '../wire/answers.ts'

const QUIET: Micros = 7 * DAY
/** Controllers kept apart; past it the one that was quiet longest is forgotten. */
const MAX_CONTROLLERS = 10_000
/** Names told apart for one controller; the others are in the sum. */
const MAX_NAMES = 10
const MAX_TEXT = 300

interface Refused {
  readonly since: Micros
  last: Micros
  count: number
  readonly names: Map<string, { count: number; message: string; last: Micros }>
}

export class RefusedCounts {
  /** By id of the controller; the one that was quiet longest comes first. */
  readonly #byController = new Map<number, Refused>()

  add(controllerId: number, path: string, message: string, now: Micros): void {
    const known = this.#current(controllerId, now)
    const refused = known ?? { since: now, last: now, count: 0, names: new Map<string, { count: number; message: string; last: Micros }>() }
    this.#byController.delete(controllerId)
    if (this.#byController.size >= MAX_CONTROLLERS) this.#byController.delete(this.#byController.keys().next().value ?? 0)
    this.#byController.set(controllerId, refused)
    refused.count++
    refused.last = now
    const name = path.slice(0, MAX_TEXT)
    const before = refused.names.get(name)
    if (before || refused.names.size < MAX_NAMES)
      refused.names.set(name, { count: (before?.count ?? 0) + 1, message: message.slice(0, MAX_TEXT), last: now })
  }

  /** undefined: nothing was refused for a week. */
  of(controllerId: number, now: Micros): RefusedValues | undefined {
    const refused = this.#current(controllerId, now)
    if (!refused) return undefined
    return {
      count: refused.count,
      since_timestamp: formatTimestamp(refused.since),
      last_timestamp: formatTimestamp(refused.last),
      names: [...refused.names].map(([path, { count, message, last }]) => ({
        path,
        count,
        message,
        last_timestamp: formatTimestamp(last),
      })),
    }
  }

  #current(controllerId: number, now: Micros): Refused | undefined {
    const refused = this.#byController.get(controllerId)
    return refused && now - refused.last < QUIET ? refused : undefined
  }
}
