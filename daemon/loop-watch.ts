/**
 * Measures who holds the event loop. A route says when it begins a stretch of work, and the stretch lasts until another one begins or the
 * loop turns: what runs in between is that route's, as Node drains a request's promises before it takes the next event. What is held
 * outside of such stretches (after waiting for the disk, or without any request) shows by a late timer: it is put down to the one route
 * that is under way, or else to `other`.
 */
import type { Log } from '../src/base/log.ts'
import type { Part } from './parts.ts'

/** What no request may do, in milliseconds. */
const TOO_LONG = 50
/** Shorter stretches are not counted. */
const COUNTED = 10
const PERIOD = 20
/** The same while nothing is under way, so that a Pi at rest is not woken 50 times a second; and after how many quiet looks that is. */
const IDLE_PERIOD = 500
const QUIET_LOOKS = 5
const BETWEEN_LINES = 60_000

export interface LoopWatchOptions {
  readonly log: Log
  /** @param route such as `GET /api/v1/resources`, `websocket`, `other`: there are as many as there are routes */
  readonly onHeld: (route: string, milliseconds: number) => void
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
}

/** A request, or a message of a long connection. */
export interface Work {
  readonly route: string
}

export class LoopWatch implements Part {
  readonly #log: Log
  readonly #onHeld: LoopWatchOptions['onHeld']
  readonly #now: () => number
  /** Whose stretch goes on. */
  #work: Work | undefined
  #began = 0
  #isTurning = false
  /** How many requests of each route are under way. */
  readonly #underWay = new Map<string, number>()
  /** Routes that ended since the timer last fired. */
  readonly #ended = new Set<string>()
  /** What of the time since then was put down to somebody. */
  #explained = 0
  #fired = 0
  #timer: NodeJS.Timeout | undefined
  #period = PERIOD
  /** Looks since a request was under way, or the loop was held. */
  #quiet = 0
  /** When the log last had a line about a route, and how often it was too long since. */
  readonly #lines = new Map<string, { at: number; held: number }>()

  constructor({ log, onHeld, now = () => performance.now() }: LoopWatchOptions) {
    this.#log = log
    this.#onHeld = onHeld
    this.#now = now
  }

  async start(): Promise<void> {
    this.#lookEvery(PERIOD)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
  }

  #lookEvery(period: number): void {
    clearTimeout(this.#timer)
    this.#period = period
    this.#quiet = 0
    this.#fired = this.#now()
    this.#wait()
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.look()
      this.#wait()
    }, this.#period)
    this.#timer.unref()
  }

  /** A request begins. It is to say when it goes on after a wait ({@link works}), and when it ends. */
  begin(route: string): Work {
    const work = { route }
    this.#underWay.set(route, (this.#underWay.get(route) ?? 0) + 1)
    this.works(work)
    return work
  }

  /**
   * Work calls code that is not its own. What that does until it is `paused`, at its first wait, is put down to it; then the work goes on
   * that called it.
   */
  lend(route: string): { readonly paused: () => void; readonly ended: () => void } {
    const caller = this.#work
    const work = this.begin(route)
    return {
      paused: () => {
        if (this.#work !== work) return
        const now = this.#now()
        this.#close(now)
        this.#work = caller
        this.#began = now
      },
      ended: () => this.end(work),
    }
  }

  end({ route }: Work): void {
    const left = (this.#underWay.get(route) ?? 1) - 1
    if (left > 0) this.#underWay.set(route, left)
    else this.#underWay.delete(route)
    this.#ended.add(route)
  }

  /** From now on, until other work begins or the loop turns, it is this that holds the loop. */
  works(work: Work): void {
    if (this.#work === work) return
    if (this.#period === IDLE_PERIOD) this.#lookEvery(PERIOD)
    const now = this.#now()
    this.#close(now)
    this.#work = work
    this.#began = now
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(() => {
      this.#isTurning = false
      this.#close(this.#now())
    })
  }

  /** What the timer does: looks whether the loop was held by something that did not say so. */
  look(): void {
    const now = this.#now()
    const late = now - this.#fired - this.#period - this.#explained
    if (late >= TOO_LONG) {
      const routes = new Set([...this.#underWay.keys(), ...this.#ended])
      const [only] = routes
      this.#note(routes.size === 1 && only !== undefined ? only : 'other', late, [...routes].slice(0, 5))
    }
    this.#quiet = late >= TOO_LONG || this.#underWay.size > 0 || this.#ended.size > 0 ? 0 : this.#quiet + 1
    this.#period = this.#quiet < QUIET_LOOKS ? PERIOD : IDLE_PERIOD
    this.#fired = now
    this.#explained = 0
    this.#ended.clear()
  }

  #close(now: number): void {
    const work = this.#work
    this.#work = undefined
    if (work === undefined) return
    const held = now - this.#began
    this.#explained += held
    if (held >= COUNTED) this.#note(work.route, held, [])
  }

  #note(route: string, held: number, underWay: readonly string[]): void {
    this.#onHeld(route, held)
    if (held < TOO_LONG) return
    const now = this.#now()
    const line = this.#lines.get(route)
    if (line !== undefined && now - line.at < BETWEEN_LINES) {
      line.held++
      return
    }
    this.#lines.set(route, { at: now, held: 0 })
    this.#log.warn(
      {
        route,
        held_ms: Math.round(held),
        ...(line === undefined || line.held === 0 ? {} : { more_since_last_line: line.held }),
        ...(underWay.length > 1 ? { under_way: underWay } : {}),
      },
      'the event loop was held: nothing else was answered meanwhile',
    )
  }
}
