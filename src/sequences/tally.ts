/** Counts what became of values that came together, and names those that were skipped. */
import type { SkippedValue, ValuesAnswer } from '../wire/answers.ts'
import type { Outcome } from './commit.ts'

/** Skipped values that are named one by one; the others are counted. */
const MAX_NAMED = 100
/** Longest name in an answer, in characters. */
const MAX_NAME = 300

export class Tally {
  readonly #counts: Record<Outcome, number> = { stored: 0, repeated: 0, expired: 0, shown: 0 }
  readonly named: SkippedValue[] = []
  skipped = 0

  add(outcome: Outcome): void {
    this.#counts[outcome]++
  }

  /** @param path as its sender named the sequence */
  skip(path: string, message: string): void {
    this.skipped++
    if (this.named.length < MAX_NAMED) this.named.push({ path: path.slice(0, MAX_NAME), message })
  }

  /** With what another one counted. */
  plus(other: Tally): this {
    for (const outcome of Object.keys(other.#counts) as Outcome[]) this.#counts[outcome] += other.#counts[outcome]
    this.skipped += other.skipped
    this.named.push(...other.named.slice(0, MAX_NAMED - this.named.length))
    return this
  }

  /** Whether each value is stored and will be kept. */
  get isPlain(): boolean {
    return this.skipped === 0 && this.#counts.expired === 0 && this.#counts.shown === 0
  }

  answer(): ValuesAnswer {
    return { ...this.#counts, skipped: this.named, ...(this.skipped > this.named.length ? { skipped_count: this.skipped } : {}) }
  }
}

/** The answer for one value. */
export function answerOf(outcome: Outcome): Omit<ValuesAnswer, 'skipped'> {
  return { stored: 0, repeated: 0, expired: 0, shown: 0, [outcome]: 1 }
}

/** A mail or text message that was recorded, and does not leave the server. */
export class HeldMessage {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/**
 * What became of one message: of one value its outcome; of several values a tally; of a mail that it is held. undefined: what it asked for
 * is done. It is on the path of each single value, so that of one is nothing but a constant.
 */
export type Fate = Outcome | Tally | HeldMessage | undefined

/** What an acknowledgement says of what is not simply stored or queued; undefined: nothing, all of it is. */
export function explainFate(fate: Outcome | Tally | HeldMessage): object | undefined {
  if (fate instanceof HeldMessage) return { state: 'held', reason: fate.reason }
  if (fate === 'stored' || fate === 'repeated') return undefined
  if (typeof fate === 'string') return { stored: 0, [fate]: 1 }
  if (fate.isPlain) return undefined
  const { stored, repeated, expired, shown, ...skipped } = fate.answer()
  return {
    stored: stored + repeated,
    ...(expired > 0 ? { expired } : {}),
    ...(shown > 0 ? { shown } : {}),
    ...(fate.skipped > 0 ? skipped : {}),
  }
}
