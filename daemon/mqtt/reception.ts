/**
 * Takes the publications of one source in order, and settles each when what it wrote is durable. One that needs something
 * first holds back those after it.
 */
import { Exclusive, NotReady } from '../../src/messages/steps.ts'
import type { Exchange } from './exchange.ts'
import { handle } from './handlers.ts'
import type { Done, Publication } from './publication.ts'

/** Publications of QoS 0 that may wait for the disk; past it the source is not read from until half of them are done. */
const MAX_PENDING = 10_000

/** Settles a publication of which nothing was written. Must not throw. */
export type Refuse = (publication: Publication, error: unknown) => void

export class Reception {
  readonly #exchange: Exchange
  readonly #refuse: Refuse
  #pending = 0
  /** Publications that wait until the first of them has what it needs. */
  #held: Publication[] | undefined
  /** Those of QoS 0 whose next ones are not to be read yet. */
  #slowed: Done[] = []

  constructor(exchange: Exchange, refuse: Refuse) {
    this.#exchange = exchange
    this.#refuse = refuse
  }

  /** Whether publications wait for the disk. */
  get isBusy(): boolean {
    return this.#pending > 0
  }

  accept(publication: Publication): void {
    if (this.#held) {
      this.#held.push(publication)
      this.#wait(publication)
    } else this.#take(publication)
  }

  #take(publication: Publication): void {
    try {
      const handled = handle(this.#exchange, publication)
      if (handled === 'done') this.#finish(publication)
      else if (handled === 'taken') this.#wait(publication)
      else if (handled instanceof NotReady) this.#holdBack(publication, handled.until)
      else this.#holdDuring(publication, handled instanceof Exclusive ? handled.done : handled)
    } catch (error) {
      this.#refuse(publication, error)
    }
  }

  #wait(publication: Publication): void {
    this.#pending++
    this.#exchange.waiting(1)
    // There is no answer that it would have to wait for.
    if (publication.qos !== 0) return
    if (this.#pending >= MAX_PENDING) this.#slowed.push(() => publication.settle())
    else publication.settle()
  }

  #settled(): void {
    this.#pending--
    this.#exchange.waiting(-1)
    if (this.#slowed.length > 0 && this.#pending <= MAX_PENDING / 2) for (const resume of this.#slowed.splice(0)) resume()
  }

  /** Keeps a publication, and all that come after it, until what it needs is there. */
  #holdBack(publication: Publication, ready: Promise<unknown>): void {
    this.#held = [publication]
    this.#wait(publication)
    ready.then(
      () => this.#release(),
      (error: unknown) => {
        this.#held?.shift()
        this.refused(publication, error)
        this.#release()
      },
    )
  }

  /** Keeps the publications that come after one until that is done. */
  #holdDuring(publication: Publication, done: Promise<unknown>): void {
    this.#held = []
    this.#wait(publication)
    done
      .then(
        () => this.stored(publication),
        (error: unknown) => this.refused(publication, error),
      )
      .finally(() => this.#release())
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const publication of held) {
      // One of them may hold the others in its turn.
      this.accept(publication)
      this.#settled()
    }
  }

  /** For a publication: what it wrote is durable, and the hub has heard of it. */
  stored(publication: Publication): void {
    this.#finish(publication)
    this.#settled()
  }

  /** For a publication: nothing of it was written. */
  refused(publication: Publication, error: unknown): void {
    this.#refuse(publication, error)
    this.#settled()
  }

  #finish(publication: Publication): void {
    const { records, retained, router } = this.#exchange
    if (publication.retain && publication.mayStay) retained.take(publication)
    if (publication.passesOn) router.passOn(publication)
    // What waits for subscribers that are away is part of what is promised.
    if (publication.qos === 0 || records.isDurable) return publication.settle()
    this.#exchange.waiting(1)
    records
      .durable()
      .then(
        () => publication.settle(),
        (error: unknown) => this.#refuse(publication, error),
      )
      .finally(() => this.#exchange.waiting(-1))
  }
}
