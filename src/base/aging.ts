/**
 * What may be removed because of its age. What grew old while the server saw the time pass goes. What is old only because the clock was
 * set forward, or the server was off, may be new and the clock wrong: of that at most a tenth goes, and more waits for an admin's word.
 */
import type { BelievedTime } from './believed-time.ts'
import type { Log } from './log.ts'
import { DAY, formatTimestamp, type Micros } from './time.ts'

/** A tenth of what there is may go without a word. */
const SHARE = 10
/** Fewer pieces wait without a word: they go when as much time has passed. */
const FEW = 10
/** How often the same is told again while it waits. */
const REMINDER: Micros = DAY

/** Things of one kind that are removed when they are old. */
export interface AgedSet {
  /** For people: `values of /lab/fridge/temperature`. */
  readonly what: string
  /** How many there are from one time, inclusive, to another, exclusive. */
  count(from: Micros, to: Micros): number | Promise<number>
  total(): number | Promise<number>
}

/** Things that wait for an admin's word. */
export interface Waiting {
  readonly what: string
  readonly count: number
  readonly total: number
  /** They are older than this time. */
  readonly before: Micros
}

/** How an admin says that the clock is right. */
export const CONFIRMATION = 'rhizo clock confirm'

export class Aging {
  readonly #time: BelievedTime
  readonly #log: Log
  readonly #waiting = new Map<string, Waiting>()
  /** When it was told of what waits, by the believed time. */
  readonly #told = new Map<string, Micros>()
  #news: string[] = []

  constructor(time: BelievedTime, log: Log) {
    this.#time = time
    this.#log = log
  }

  /** What waits for an admin's word. */
  get waiting(): readonly Waiting[] {
    return [...this.#waiting.values()]
  }

  /** Before which time things of a set may be removed for good. @param age microseconds that they are kept */
  async cutoff(age: Micros, set: AgedSet): Promise<Micros> {
    const sure = this.#time.removableBefore(age)
    const supposed = this.#time.supposedlyRemovableBefore(age)
    const count = supposed > sure ? await set.count(sure, supposed) : 0
    const total = count === 0 ? 0 : await set.total()
    if (count * SHARE <= total) {
      this.#waiting.delete(set.what)
      return Math.max(sure, supposed)
    }
    this.#wait({ what: set.what, count, total, before: supposed })
    return sure
  }

  /** An admin said that the clock is right: what waited goes the next time. */
  release(): void {
    this.#waiting.clear()
    this.#told.clear()
    this.#news = []
  }

  /** Sentences for admins of what began to wait since the last call. */
  takeNews(): string[] {
    return this.#news.splice(0)
  }

  #wait(waiting: Waiting): void {
    const { what, count, total, before } = waiting
    this.#waiting.set(what, waiting)
    const now = this.#time.now()
    const told = this.#told.get(what)
    if (count < FEW || (told !== undefined && now >= told && now - told < REMINDER)) return
    this.#told.set(what, now)
    const text =
      `${count} of ${total} ${what} are older than they should get (from before ${formatTimestamp(before)}), but only because the clock ` +
      `was set forward or the server was off. They are kept until an admin has looked whether the clock is right: "${CONFIRMATION}" ` +
      'then lets them go.'
    this.#log.warn({ what, count, total, before: formatTimestamp(before) }, text)
    this.#news.push(text)
  }
}
