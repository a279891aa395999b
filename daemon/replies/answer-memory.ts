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
/** How full it is when enough have given way. */
const ROOM_MADE = 7 / 8
/** How many give way in one turn of the event loop: ending a connection takes a fraction of a millisecond. */
const MOST_AT_ONCE = 50
/** How often it is looked what buffers hold, and how long not when some have given way, in milliseconds. */
const BETWEEN_LOOKS_MS = 100
const AFTER_CUT_MS = 1_000

export interface AnswerMemoryOptions {
  readonly sum?: number
  readonly sumOfStrangers?: number
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
  /** Bytes in all buffers of the process. */
  readonly buffers?: () => number
}

interface Pool {
  readonly isOfStrangers: boolean
  readonly sum: number
  /** What readers hold by themselves, and what others may hold in common with them. */
  own: number
  shared: number
  isMakingRoom: boolean
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
  /** True: messages, of which several readers may hold the same bytes. */
  readonly isShared?: boolean
}

export class AnswerMemory {
  readonly #now: () => number
  readonly #known: Pool
  readonly #strangers: Pool
  readonly #buffers: () => number
  #inBuffers = 0
  #nextLook = Number.NEGATIVE_INFINITY

  constructor({
    sum = SUM_OF_KNOWN,
    sumOfStrangers = SUM_OF_STRANGERS,
    now = () => performance.now(),
    buffers = () => process.memoryUsage().arrayBuffers,
  }: AnswerMemoryOptions = {}) {
    this.#now = now
    this.#buffers = buffers
    this.#known = { isOfStrangers: false, sum, own: 0, shared: 0, isMakingRoom: false, holdings: new Set() }
    this.#strangers = { isOfStrangers: true, sum: sumOfStrangers, own: 0, shared: 0, isMakingRoom: false, holdings: new Set() }
  }

  static for({ MAX_OUTBOX_SIZE }: { readonly MAX_OUTBOX_SIZE: number }): AnswerMemory {
    return new AnswerMemory({ sum: Math.max(SUM_OF_KNOWN, OUTBOXES_AT_A_TIME * MAX_OUTBOX_SIZE) })
  }

  /** Bytes that all hold now; what several hold in common counts for each of them. */
  get held(): number {
    return this.#known.own + this.#known.shared + this.#strangers.own + this.#strangers.shared
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
    pool[holding.kind] += bytes - before
    if (bytes === 0) pool.holdings.delete(holding)
    else if (before === 0) pool.holdings.add(holding)
    if (bytes > before && !pool.isMakingRoom) this.#makeRoom(pool, holding)
  }

  /** What readers hold in common counts for each of them, and is in memory once: how much of what was counted can be. */
  #partOfShared(): number {
    const now = this.#now()
    if (now >= this.#nextLook) {
      this.#inBuffers = this.#buffers()
      this.#nextLook = now + BETWEEN_LOOKS_MS
    }
    const counted = this.#known.shared + this.#strangers.shared
    return counted === 0 ? 1 : Math.min(1, this.#inBuffers / counted)
  }

  /** Lets some give way at once, as looking for them takes time for each that there is, and more of them in further turns of the loop. */
  #makeRoom(pool: Pool, newcomer?: Holding): void {
    if (pool.own + pool.shared <= pool.sum) return
    const part = this.#partOfShared()
    if (pool.own + pool.shared * part <= pool.sum) return
    const now = this.#now()
    const all = [...pool.holdings]
    const late = inOrder(all.filter((one) => !one.mayComeAgain && now - one.since >= A_WHILE_MS))
    const others = late.length > 0 ? [] : inOrder(all)
    // Whose answer has not begun loses nothing.
    if (late.length === 0 && newcomer?.mayComeAgain === true) {
      const own = all.reduce((sum, { owner, bytes }) => sum + (owner === newcomer.owner ? bytes : 0), 0)
      if ((others[0]?.held ?? 0) < FAR_MORE * own) return newcomer.cut(crowded(pool))
    }
    const before = pool.shared
    for (const { holding } of [...late, ...others].slice(0, MOST_AT_ONCE)) {
      if (pool.own + pool.shared * part <= pool.sum * ROOM_MADE) break
      holding.cut(crowded(pool))
    }
    // It is in buffers still until memory is collected.
    this.#inBuffers -= (before - pool.shared) * part
    this.#nextLook = now + AFTER_CUT_MS
    pool.isMakingRoom = true
    setImmediate(() => {
      pool.isMakingRoom = false
      this.#makeRoom(pool)
    })
  }
}

/** As if, one after the other, whoever holds most then gave up their largest. @returns with what its owner held then */
function inOrder(holdings: readonly Holding[]): { readonly holding: Holding; readonly held: number }[] {
  const owners = new Map<string, Holding[]>()
  for (const one of holdings) {
    const theirs = owners.get(one.owner)
    if (theirs) theirs.push(one)
    else owners.set(one.owner, [one])
  }
  const found: { holding: Holding; held: number }[] = []
  for (const theirs of owners.values()) {
    let held = theirs.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const holding of theirs.sort((one, other) => other.bytes - one.bytes)) {
      found.push({ holding, held })
      held -= holding.bytes
    }
  }
  return found.sort((one, other) => other.held - one.held)
}

const crowded = ({ isOfStrangers }: Pool): Fault =>
  new Fault(
    'busy',
    isOfStrangers
      ? 'Answers for callers without a key take all the memory that they may. Send a key, sign in, or try again in a moment.'
      : 'Answers that wait to be read take all the memory that they may. Ask for less at a time, read faster, or try again in a moment.',
    { retryAfter: 5 },
  )

/** What is held for one reader. */
export class Holding {
  readonly owner: string
  readonly isStranger: boolean
  readonly kind: 'own' | 'shared'
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
    this.kind = options.isShared === true ? 'shared' : 'own'
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
