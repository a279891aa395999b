/**
 * Last wills: published when a connection ends without a goodbye, at once or after the delay that its client asked for
 * (MQTT 5). A record of each sees to it that a crash of the daemon, which ends all connections, is no way around that.
 */
import type { Actor } from '../../src/tree/actor.ts'
import type { MqttWillRow } from '../../src/database/mqtt-tables.ts'
import { actorOfKey } from '../../src/people/key-actors.ts'
import { bytesAsText } from '../../src/tree/mqtt-origin.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { MqttServices } from './services.ts'
import type { QoS } from './frames.ts'
import { NO_PROPERTIES } from './packets/properties.ts'
import { Publication, type Publisher } from './publication.ts'
import { Publications } from './publications.ts'
import type { RefusalLog } from './refusal-log.ts'

/** What a client wants to be published. */
export interface Will {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  /** Of MQTT 5, as bytes. */
  readonly properties?: Buffer
  /** Seconds for which the message is good. */
  readonly expiry?: number | undefined
  /** Seconds to wait for the client to come back to its session. */
  readonly delay?: number
}

/** One whose client has gone. */
interface Waiting {
  readonly row: MqttWillRow
  readonly actor: Actor | undefined
  /** By the monotonic clock. */
  readonly due: Micros
}

export class Wills {
  readonly #services: MqttServices
  readonly #refusals: RefusalLog
  #lastId = 0
  /** By the names of their sessions. */
  readonly #waiting = new Map<string, Waiting>()

  constructor(services: MqttServices, refusals: RefusalLog) {
    this.#services = services
    this.#refusals = refusals
  }

  /** Notes the will of a connection. @returns what is to be given back when the connection ends */
  put(actor: Actor, session: string, { topic, payload, qos, retain, properties = NO_PROPERTIES, expiry, delay = 0 }: Will): MqttWillRow {
    const keyId = actor.kind === 'anonymous' ? undefined : actor.keyId
    const row: MqttWillRow = {
      id: ++this.#lastId,
      key_id: keyId ?? 0,
      topic,
      payload: new Uint8Array(payload),
      qos,
      retain: retain ? 1 : 0,
      properties: properties.length > 0 ? new Uint8Array(properties) : null,
      expiry: expiry ?? null,
      delay,
      session,
    }
    if (keyId !== undefined) this.#services.records.putWill(row)
    return row
  }

  /** It is not to be published any more. */
  remove({ id }: MqttWillRow): void {
    this.#services.records.removeWill(id)
  }

  /** Its connection ended without a goodbye. @param wait seconds for which its client may come back */
  leave(row: MqttWillRow, actor: Actor, wait: number): void {
    if (wait <= 0) return void this.#publish(row, actor)
    this.#waiting.set(row.session, { row, actor, due: this.#services.ctx.clock.monotonic() + wait * SECOND })
  }

  /** Its client is back, in time. */
  sessionContinued(session: string): void {
    const waiting = this.#waiting.get(session)
    if (!waiting) return
    this.#waiting.delete(session)
    this.remove(waiting.row)
  }

  /** Nobody can come back to the session: what waits for that is published. */
  sessionEnded(session: string): void {
    const waiting = this.#waiting.get(session)
    if (!waiting) return
    this.#waiting.delete(session)
    void this.#publish(waiting.row, waiting.actor)
  }

  /** Publishes what has waited for long enough. */
  check(): void {
    const now = this.#services.ctx.clock.monotonic()
    for (const [session, { due }] of this.#waiting) if (due <= now) this.sessionEnded(session)
  }

  /**
   * Publishes what a former run of the daemon left, with what the senders may do now; what has a delay waits for that.
   * Resolves when it is stored. Never throws.
   */
  async publish(rows: readonly MqttWillRow[]): Promise<void> {
    this.#lastId = Math.max(this.#lastId, ...rows.map(({ id }) => id))
    const now = this.#services.ctx.clock.monotonic()
    for (const row of rows) if (row.delay > 0) this.#waiting.set(row.session, { row, actor: undefined, due: now + row.delay * SECOND })
    await Promise.all(rows.filter(({ delay }) => delay <= 0).map((row) => this.#publish(row, undefined)))
  }

  async #publish(row: MqttWillRow, actor: Actor | undefined): Promise<void> {
    this.#services.unanswered.change(1)
    try {
      const sender = actor ?? (await actorOfKey(this.#services.ctx, row.key_id))
      if (sender) await this.#hand(row, sender)
      this.remove(row)
    } catch (error) {
      this.#services.ctx.log.error(
        { err: error, topic: row.topic.slice(0, 200) },
        'the last will of an MQTT client waits for the next start',
      )
    } finally {
      this.#services.unanswered.change(-1)
    }
  }

  #hand({ topic, payload, qos, retain, properties, expiry }: MqttWillRow, actor: Actor): Promise<void> {
    const { ctx } = this.#services
    const passed = {
      ...(properties ? { properties: bytesAsText(Buffer.from(properties)) } : {}),
      ...(expiry === null ? {} : { expires: ctx.believed.now() + expiry * SECOND }),
    }
    return new Promise<void>((resolve) => {
      const publications: Publications = new Publications(this.#services, (publication, error) => {
        this.#refusals.add('refused the last will of an MQTT client', {
          topic: topic.slice(0, 200),
          reason: error instanceof Error ? error.message : String(error),
        })
        publication.settle()
      })
      const publisher: Publisher = {
        actor,
        connectionId: ctx.hub.newConnectionId(),
        get isBusy() {
          return publications.isBusy
        },
        stored: (publication, fate) => publications.stored(publication, fate),
        refused: (publication, error) => publications.refused(publication, error),
        // Its client is not there to hear an answer.
        reply: () => {},
      }
      // Of QoS 0 nobody would say when it is done.
      const packet = {
        topic,
        payload: Buffer.from(payload),
        qos: qos === 0 ? (1 as const) : (qos as QoS),
        retain: retain === 1,
        passed: Object.keys(passed).length > 0 ? passed : undefined,
      }
      publications.accept(new Publication(publisher, packet, () => resolve()))
    })
  }
}
