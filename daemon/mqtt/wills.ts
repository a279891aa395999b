/**
 * Last wills. The broker publishes them when a connection ends without a goodbye; a record of each sees to it that a crash
 * of the daemon, which ends all connections, is no way around that.
 */
import type { Actor } from '../../src/tree/actor.ts'
import type { MqttWillRow } from '../../src/database/mqtt-tables.ts'
import { actorOfKey } from '../../src/people/keys.ts'
import type { MqttServices } from './services.ts'
import type { QoS } from './frames.ts'
import { Publication, type Packet, type Publisher } from './publication.ts'
import { Publications } from './publications.ts'
import type { RefusalLog } from './refusal-log.ts'

export class Wills {
  readonly #services: MqttServices
  readonly #refusals: RefusalLog
  #lastId = 0

  constructor(services: MqttServices, refusals: RefusalLog) {
    this.#services = services
    this.#refusals = refusals
  }

  /** Notes the will of a connection. @returns its id */
  put(actor: Actor, { topic, payload, qos, retain }: Packet): number | undefined {
    if (actor.kind === 'anonymous' || actor.keyId === undefined) return undefined
    const id = ++this.#lastId
    this.#services.records.putWill({ id, key_id: actor.keyId, topic, payload: new Uint8Array(payload), qos, retain: retain ? 1 : 0 })
    return id
  }

  /** It was published, or is not to be any more. */
  remove(id: number): void {
    this.#services.records.removeWill(id)
  }

  /** Publishes what a former run of the daemon left, with what the senders may do now. Resolves when it is stored. Never throws. */
  async publish(rows: readonly MqttWillRow[]): Promise<void> {
    this.#lastId = Math.max(this.#lastId, ...rows.map(({ id }) => id))
    await Promise.all(
      rows.map((row) =>
        this.#publish(row).catch((error: unknown) =>
          this.#services.ctx.log.error(
            { err: error, topic: row.topic.slice(0, 200) },
            'the last will of an MQTT client waits for the next start',
          ),
        ),
      ),
    )
  }

  async #publish({ id, key_id: keyId, topic, payload, qos, retain }: MqttWillRow): Promise<void> {
    const actor = await actorOfKey(this.#services.ctx, keyId)
    if (actor) {
      await new Promise<void>((resolve) => {
        const publications: Publications = new Publications(this.#services, (publication, error) => {
          this.#refusals.add('refused the last will of an MQTT client', {
            topic: topic.slice(0, 200),
            reason: error instanceof Error ? error.message : String(error),
          })
          publication.settle()
        })
        const publisher: Publisher = {
          actor,
          connectionId: this.#services.ctx.hub.newConnectionId(),
          get isBusy() {
            return publications.isBusy
          },
          stored: (publication, fate) => publications.stored(publication, fate),
          refused: (publication, error) => publications.refused(publication, error),
          // Its client is not there to hear an answer.
          reply: () => {},
        }
        // Of QoS 0 nobody would say when it is done.
        publications.accept(
          new Publication(
            publisher,
            { topic, payload: Buffer.from(payload), qos: qos === 0 ? 1 : (qos as QoS), retain: retain === 1 },
            () => resolve(),
          ),
        )
      })
    }
    this.remove(id)
  }
}
