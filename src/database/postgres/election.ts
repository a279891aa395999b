/**
 * Which of several daemons on one database leads. The others pass on to it what they receive. A term begins when one of them raises
 * the number in the database; before it acts, all connections of the former leader to the database are ended, so that a process
 * that was paused, or cut off, changes nothing when it comes back.
 */
import type { Log } from '../../base/log.ts'

/** Milliseconds between two signs of life. */
export const BEAT_MS = 500
/** A leader without a connection to the database counts as gone after so long: it may just be connecting again. */
const GONE_MS = 2_000
/** A leader that gives no sign of life counts as gone after so long, though its connections stand: it may be paused, or cut off. */
const SILENT_MS = 10_000
/**
 * A leader that hears nothing from the database for so long ends what it does: others, whom the database hears, may lead by now, so that
 * what it would show is old.
 */
const DEAF_MS = 60_000
/**
 * What a leader knows may be told for so long after it began to ask the database, as no other leads before {@link SILENT_MS}. Later, as
 * after a pause of the process, it asks first.
 */
const FRESH_MS = 8_000
/** How long a daemon that could not lead leaves the lead to others. */
const REST_MS = 3_000

/** How one daemon is reached by the others. */
export interface Member {
  /** Of this process alone. */
  readonly id: string
  /** For people: the machine and the process. */
  readonly name: string
  /** HOST:PORT where it takes connections that others pass on. */
  readonly address: string
  readonly version: string
  /** Tells daemons with other secrets in their settings. */
  readonly fingerprint: string
}

export interface Beat {
  /** The term in which this daemon leads; undefined: another does. */
  readonly term: number | undefined
  /** It serves, so that others may pass on what they receive. */
  readonly isReady: boolean
  /** Of clients at its ports. */
  readonly connections: number
}

/** What the database says at one moment. */
export interface Standing {
  /** Raised by one with each change of the leader; 0: there was none yet. */
  readonly term: number
  /** Its id; '' when there was none yet. */
  readonly leader: string
  /** It gave the lead back. */
  readonly isReleased: boolean
  readonly isReady: boolean
  /** Milliseconds by the database's clock since its last sign of life, or since the database server's start when that is later. */
  readonly age: number
  /** It has connections to the database with which it can change something. */
  readonly isConnected: boolean
  readonly address: string | undefined
}

/** The daemons of one database, as the database knows them. Each call fails while the database can't be reached. */
export interface ClusterTable {
  /** Gives a sign of life. */
  beat(member: Member, beat: Beat): Promise<Standing>
  /**
   * Begins the next term, if the one seen is still the last and no sign of life came for `age` milliseconds, or the lead was given back.
   * @returns the new term; undefined when another was first
   */
  begin(id: string, seen: { readonly term: number; readonly age: number }): Promise<number | undefined>
  /** Ends all connections with which a daemon other than this one could change something; resolves when they are gone. */
  endConnections(id: string): Promise<void>
  /** Gives the lead back; nothing happens when another has it. */
  release(id: string, term: number): Promise<void>
  /** This daemon ends. */
  leave(id: string): Promise<void>
}

export interface Leader {
  readonly id: string
  readonly address: string
}

/** What a daemon does as a leader, and as one of the others. */
export interface Office {
  /** Begins to act. @throws what keeps it from that, after which nothing of it is left */
  lead(term: number): Promise<void>
  /** Another may lead, and have changed what this daemon knows: clients are told nothing from now on. {@link resign} follows. */
  silence(): void
  /** Ends all that {@link lead} began; fine when that failed. */
  resign(): Promise<void>
  /** Another leads; undefined: nobody who serves is known. */
  follow(leader: Leader | undefined): void
  /** How many connections of clients are at its ports, whoever serves them. */
  readonly connections: number
  /** It can't lead. @returns whether it may try again later */
  failed(error: unknown): boolean
}

export interface ElectionOptions {
  readonly table: ClusterTable
  readonly member: Member
  readonly office: Office
  readonly log: Log
  /** Milliseconds since some fixed moment. */
  readonly now: () => number
}

export class Election {
  readonly #options: ElectionOptions
  #term: number | undefined
  #isReady = false
  /** Beginning to lead, or ending it. */
  #change: Promise<void> | undefined
  #restsUntil = -Infinity
  /** When the database last answered while this daemon led. */
  #heard = 0
  /** When the last question to the database that was answered, or failed, began. */
  #asked = -Infinity
  /** Those that wait for the next such answer. */
  #waiting: (() => void)[] = []
  #isStopped = false

  constructor(options: ElectionOptions) {
    this.#options = options
  }

  /** The term in which this daemon leads. */
  get term(): number | undefined {
    return this.#term
  }

  /** It leads, and serves. */
  get isReady(): boolean {
    return this.#isReady
  }

  /**
   * Whether what this daemon knows may be told. After a pause that is found out first: another may have led since. A database that
   * can't be asked leaves it as it was, until the leader counts as deaf.
   */
  mayTell(): boolean | Promise<boolean> {
    if (this.#term === undefined) return false
    return this.#isFresh() || this.#mayTellThen(this.#term)
  }

  async #mayTellThen(term: number): Promise<boolean> {
    while (this.#term === term && !this.#isFresh()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.#term === term
  }

  #isFresh(): boolean {
    return this.#options.now() - this.#asked < FRESH_MS
  }

  /** One sign of life, and what follows of the answer. Does not wait for a change of the leader to end. */
  async turn(): Promise<void> {
    const asked = this.#options.now()
    await this.#turn()
    this.#asked = asked
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  async #turn(): Promise<void> {
    const { table, member, office, log, now } = this.#options
    const term = this.#term
    let standing: Standing
    try {
      standing = await table.beat(member, { term, isReady: this.#isReady, connections: office.connections })
    } catch (error) {
      log.debug({ err: error }, 'the database did not hear the sign of life of this daemon')
      if (term !== undefined && now() - this.#heard >= DEAF_MS) this.lose(term)
      return
    }
    this.#heard = now()
    if (this.#isStopped || this.#term !== term) return
    if (term !== undefined && standing.term !== term) this.lose(term)
    if (this.#term !== undefined) return
    office.follow(leaderOf(standing, member))
    if (this.#change || now() < this.#restsUntil || !isVacant(standing)) return
    // A pause between looking and asking must not make an old look count.
    const age = standing.isReleased ? 0 : Math.min(standing.age, SILENT_MS)
    const next = await table.begin(member.id, { term: standing.term, age }).catch(() => undefined)
    if (next === undefined || this.#isStopped) return
    this.#term = next
    this.#heard = now()
    log.info({ term: next }, 'this daemon leads from now on')
    this.#become(() => this.#lead(next))
  }

  /** It was found, in that term, that this daemon must not act as the leader any more. */
  lose(term: number): void {
    if (this.#term !== term) return
    this.#options.log.warn({ term }, 'this daemon leads no more: it ends what it does and passes on what it receives')
    this.#term = undefined
    this.#isReady = false
    this.#options.office.silence()
    this.#wake()
    this.#become(() => this.#resign())
  }

  /** Gives the lead back when it has it, after all is ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const { table, member, office } = this.#options
    await this.#change
    const term = this.#term
    // It leads until all has ended: without signs of life another would begin meanwhile.
    await office.resign()
    this.#term = undefined
    this.#isReady = false
    this.#wake()
    if (term !== undefined) await table.release(member.id, term).catch(() => {})
    await table.leave(member.id).catch(() => {})
  }

  /** Changes come one after the other. */
  #become(change: () => Promise<void>): void {
    const all = (this.#change ?? Promise.resolve()).then(change).finally(() => {
      if (this.#change === all) this.#change = undefined
    })
    this.#change = all
  }

  async #lead(term: number): Promise<void> {
    const { table, member, office, now } = this.#options
    try {
      await table.endConnections(member.id)
      if (this.#term === term) await office.lead(term)
      if (this.#term === term) this.#isReady = true
    } catch (error) {
      await this.#resign()
      const isLast = this.#term === term
      if (!isLast) return
      this.#term = undefined
      this.#restsUntil = office.failed(error) ? now() + REST_MS : Infinity
      await table.release(member.id, term).catch(() => {})
    }
  }

  async #resign(): Promise<void> {
    await this.#options.office.resign().catch((error: unknown) => this.#options.log.error({ err: error }, 'ending as the leader'))
  }
}

function leaderOf({ leader, isReady, isReleased, address }: Standing, member: Member): Leader | undefined {
  if (!isReady || isReleased || leader === member.id || address === undefined) return undefined
  return { id: leader, address }
}

/** Whether the lead may be taken. */
const isVacant = ({ isReleased, age, isConnected }: Standing): boolean => isReleased || age >= SILENT_MS || (age >= GONE_MS && !isConnected)
