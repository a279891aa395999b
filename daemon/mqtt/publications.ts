/** Takes the publications of one source in order, and settles each when what it wrote is durable. */
import { Fault } from '../../src/base/fault.ts'
import type { Context } from '../../src/context.ts'
import type { Outcome } from '../../src/messages/steps.ts'
import { canWrite } from '../../src/tree/permissions.ts'
import { Reception, type ReceptionOwner } from '../peers/reception.ts'
import { handle } from './handlers.ts'
import type { Fate } from '../../src/sequences/tally.ts'
import type { Remark } from './frames.ts'
import { Reason } from './packets/reasons.ts'
import { noteExpired, describeSkipped } from './unstored.ts'
import type { Done, Publication } from './publication.ts'
import type { MqttServices } from './services.ts'

/** Publications of QoS 0 that may wait for the disk; past it the source is not read from until half of them are done. */
const MAX_PENDING = 10_000

/** Settles a publication of which nothing was written. Must not throw. */
export type Refuse = (publication: Publication, error: unknown) => void

export class Publications implements ReceptionOwner<Publication, Publication> {
  readonly #services: MqttServices
  readonly #refuse: Refuse
  readonly #reception: Reception<Publication, Publication>
  /** Settle publications of QoS 0 whose next ones are not to be read yet. */
  #slowed: Done[] = []

  constructor(services: MqttServices, refuse: Refuse) {
    this.#services = services
    this.#refuse = refuse
    this.#reception = new Reception(this, services.unanswered)
  }

  /** Whether publications wait for the disk. */
  get isBusy(): boolean {
    return this.#reception.isBusy
  }

  accept(publication: Publication): void {
    this.#reception.accept(publication)
  }

  /** For a publication: what it wrote is durable, and the hub has heard of it. */
  stored(publication: Publication, fate: Fate): void {
    this.#reception.stored(publication, fate)
  }

  /** For a publication: nothing of it was written. */
  refused(publication: Publication, error: unknown): void {
    this.#reception.refused(publication, error)
  }

  // ---- For the reception

  take(publication: Publication): void {
    let outcome: Outcome
    try {
      outcome = handle(this.#services, publication)
    } catch (error) {
      return this.failed(publication, error)
    }
    this.#reception.follow(outcome, publication, publication)
  }

  succeeded(publication: Publication, fate: Fate): void {
    if (fate === 'expired') noteExpired(this.#services.ctx, publication)
    const { records, retained, router, unanswered } = this.#services
    if (publication.retain && publication.mayStay) retained.take(publication)
    if (publication.passesOn && publication.valueText === undefined) router.passOn(publication)
    // What waits for subscribers that are away is part of what is promised.
    const remark = remarkOn(fate)
    if (publication.qos === 0 || records.isDurable) return publication.settle(undefined, remark)
    unanswered.change(1)
    records
      .durable()
      .then(
        () => publication.settle(undefined, remark),
        (error: unknown) => this.#refuse(publication, error),
      )
      .finally(() => unanswered.change(-1))
  }

  failed(publication: Publication, error: unknown): void {
    const { ctx, router } = this.#services
    if (isHeardAnyway(ctx, publication, error)) router.passOn(publication)
    this.#refuse(publication, error)
  }

  waits(publication: Publication): void {
    // Of QoS 0 there is no acknowledgement that would have to wait.
    if (publication.qos !== 0) return
    if (this.#reception.pending >= MAX_PENDING) this.#slowed.push(() => publication.settle())
    else publication.settle()
  }

  settled(): void {
    if (this.#slowed.length > 0 && this.#reception.pending <= MAX_PENDING / 2) for (const resume of this.#slowed.splice(0)) resume()
  }
}

/**
 * Whether subscribers of a folder's topic hear what the server refuses, as with any broker: who may write there may say there what they
 * like. A value is refused to everybody when its sender may not set it, and nothing is said of what will be sent again.
 */
function isHeardAnyway(ctx: Context, { target, passesOn, holdsValues, actor }: Publication, error: unknown): boolean {
  if (!passesOn || target?.kind !== 'folder' || !(error instanceof Fault)) return false
  if (error.code === 'busy' || error.code === 'internal' || (error.code === 'forbidden' && holdsValues)) return false
  return canWrite(ctx, actor, target.resource)
}

/** What MQTT 5 says with an acknowledgement: some of several values were skipped, or a mail is held. */
function remarkOn(fate: Fate): Remark | undefined {
  const text = typeof fate === 'object' ? describeSkipped(fate) : undefined
  return text === undefined ? undefined : { reason: Reason.success, text }
}
