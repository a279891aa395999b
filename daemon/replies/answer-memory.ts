/**
 * Memory that readers share. What an answer holds until it is read (values, what a socket has not taken, messages that wait for a
 * subscriber) counts for whoever reads it, by whatever transport. All of it together has a bound: past it somebody gives way, and of
 * those first who have taken nothing for a while, so that readers who keep up are not cut for those who don't. Of these the one who
 * holds most over all of their connections gives up the largest. When all keep up it is the newcomer who comes again, unless somebody
 * holds far more.
 *
 * Callers who have not said who they are have a bound of their own, and are counted by their networks.
 */
import { Fault } from '../../src/base/fault.ts'

/** Least bytes for all who are known, and how many of the largest outboxes they are else. */
const SUM_OF_KNOWN = 64_000_000
const OUTBOXES_AT_A_TIME = 4
/** Bytes for all strangers. */
const SUM_OF_STRANGERS = 16_000_000
/** Since when a reader must have taken nothing to give way before others, in milliseconds. */
const A_WHILE_MS = 2_000
/** How many times as much as a newcomer somebody must hold to give way in their place. */
const FAR_MORE = 2

export interface AnswerMemoryOptions {
  readonly sum?: number
  readonly sumOfStrangers?: number
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
}

interface Pool {
  readonly sum: number
  held: number
  /** Those that hold something, the one that began first in front. */
  readonly holdings: Set<Holding>
}

export interface HolderOptions {
  /** Who reads: one of those who are known, or the network of strangers. */
  readonly owner: string
  readonly isStranger: boolean
  /** Called when it has to give way, with the reason and what it held; it holds nothing from then on. */
  readonly cut: (fault: Fault, bytes: number) => void
  /** Whether the reader has nothing of it yet, and can be told to come again. */
  readonly mayComeAgain?: () => boolean
}

export class AnswerMemory {
  readonly #now: () => number
  readonly #known: Pool
  readonly #strangers: Pool

  constructor({ sum = SUM_OF_KNOWN, sumOfStrangers = SUM_OF_STRANGERS, now = () => performance.now() }: AnswerMemoryOptions = {}) {
    this.#now = now
    this.#known = { sum, held: 0, holdings: new Set() }
    this.#strangers = { sum: sumOfStrangers, held: 0, holdings: new Set() }
  }

  static for({ MAX_OUTBOX_SIZE }: { readonly MAX_OUTBOX_SIZE: number }): AnswerMemory {
    return new AnswerMemory({ sum: Math.max(SUM_OF_KNOWN, OUTBOXES_AT_A_TIME * MAX_OUTBOX_SIZE) })
  }

  /** Bytes that all hold now. */
  get held(): number {
    return this.#known.held + this.#strangers.held
  }

  /** Of one reader: nothing yet. It is to be released in the end. */
  holding(options: HolderOptions): Holding {
    return new Holding(this, options, this.#now())
  }

  /** For holdings: milliseconds since some fixed moment. */
  now(): number {
    return this.#now()
  }

  /** The most that one of them can hold. */
  sumFor({ isStranger }: Pick<HolderOptions, 'isStranger'>): number {
    return (isStranger ? this.#strangers : this.#known).sum
  }

  /** For holdings: one holds so many bytes now, where it held `before`. */
  change(holding: Holding, before: number, bytes: number): void {
    const pool = holding.isStranger ? this.#strangers : this.#known
    pool.held += bytes - before
    if (bytes === 0) pool.holdings.delete(holding)
    else if (before === 0) pool.holdings.add(holding)
    while (bytes > before && pool.held > pool.sum) {
      const last = this.#whoGivesWay(pool, holding)
      if (!last) return
      last.cut(crowded(last.isStranger))
      if (last === holding) return
    }
  }

  #whoGivesWay({ holdings }: Pool, newcomer: Holding): Holding | undefined {
    const now = this.#now()
    const late = [...holdings].filter((one) => !one.mayComeAgain && now - one.since >= A_WHILE_MS)
    if (late.length > 0) return findMost(late)?.largest
    const most = findMost(holdings)
    if (!most || !newcomer.mayComeAgain) return most?.largest
    const own = findMost([...holdings].filter(({ owner }) => owner === newcomer.owner))?.sum ?? 0
    return most.sum < FAR_MORE * own ? newcomer : most.largest
  }
}

/** Who holds most, and their largest; of several the one that began first. */
function findMost(holdings: Iterable<Holding>): { readonly sum: number; readonly largest: Holding } | undefined {
  const owners = new Map<string, { sum: number; largest: Holding }>()
  for (const one of holdings) {
    const theirs = owners.get(one.owner)
    if (!theirs) owners.set(one.owner, { sum: one.bytes, largest: one })
    else {
      theirs.sum += one.bytes
      if (one.bytes > theirs.largest.bytes) theirs.largest = one
    }
  }
  let most: { sum: number; largest: Holding } | undefined
  for (const theirs of owners.values()) if (theirs.sum > (most?.sum ?? 0)) most = theirs
  return most
}

const crowded = (isStranger: boolean): Fault =>
  new Fault(
    'busy',
    isStranger
      ? 'Answers for callers without a key take all the memory that they may. Send a key, sign in, or try again in a moment.'
      : 'Answers that wait to be read take all the memory that they may. Ask for less at a time, read faster, or try again in a moment.',
    { retryAfter: 5 },
  )

/** What is held for one reader. */
export class Holding {
  readonly owner: string
  readonly isStranger: boolean
  readonly #memory: AnswerMemory
  readonly #options: HolderOptions
  #bytes = 0
  #isOver = false
  #since: number

  constructor(memory: AnswerMemory, options: HolderOptions, since: number) {
    this.#memory = memory
    this.#options = options
    this.owner = options.owner
    this.isStranger = options.isStranger
    this.#since = since
  }

  get bytes(): number {
    return this.#bytes
  }

  /** When the reader took something for the last time, or began. */
  get since(): number {
    return this.#since
  }

  get mayComeAgain(): boolean {
    return this.#options.mayComeAgain?.() ?? false
  }

  /** It holds so many bytes now, in all. */
  hold(bytes: number): void {
    const before = this.#bytes
    if (this.#isOver || bytes === before) return
    if (before === 0) this.#since = this.#memory.now()
    this.#bytes = bytes
    this.#memory.change(this, before, bytes)
  }

  /** The reader took something. */
  moved(): void {
    this.#since = this.#memory.now()
  }

  /** It holds nothing any more, for good. */
  release(): void {
    this.hold(0)
    this.#isOver = true
  }

  /** For the memory: takes all from it. */
  cut(fault: Fault): void {
    const bytes = this.#bytes
    this.release()
    this.#options.cut(fault, bytes)
  }
}
