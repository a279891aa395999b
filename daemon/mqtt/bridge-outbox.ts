/** What waits for the external broker and is on its way there: as much at a time as the broker takes, and bounded while it is away. */
import type { MqttClient } from 'mqtt'
import type { Context } from '../../src/context.ts'
import type { TransportCounts } from '../metrics.ts'
import { Outbox, type OutboxTarget } from '../peers/outbox.ts'
import type { Delivery } from './delivery.ts'
import type { RefusalLog } from './refusal-log.ts'

/** Messages that the broker may have without having confirmed them; its own limit may be lower. */
const MAX_IN_FLIGHT = 100

interface Outward {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
  readonly length: number
}

export class BridgeOutbox implements OutboxTarget<Outward> {
  readonly #outbox: Outbox<Outward>
  readonly #refusals: RefusalLog
  /** Set while connected. */
  #client: MqttClient | undefined
  #inFlight = 0
  #maxInFlight = MAX_IN_FLIGHT
  #whenIdle: (() => void) | undefined

  constructor({ settings, clock }: Context, counts: TransportCounts, refusals: RefusalLog) {
    this.#refusals = refusals
    const collapsing = (): void =>
      refusals.add('keeps only the newest value of each sequence for the external MQTT broker', {
        reason: `more than ${settings.MAX_OUTBOX_SIZE} bytes wait for it (MAX_OUTBOX_SIZE)`,
      })
    this.#outbox = new Outbox<Outward>(this, { bound: settings.MAX_OUTBOX_SIZE, clock, counts, collapsing })
  }

  /** Whether nothing is on its way, and so nothing waits either while connected. */
  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  /** @param limit messages that the broker takes without having confirmed them */
  open(client: MqttClient, limit = MAX_IN_FLIGHT): void {
    this.#client = client
    this.#maxInFlight = Math.min(limit, MAX_IN_FLIGHT)
    this.#outbox.drained()
  }

  /** The connection is lost. What is on its way the client sends again with the next one. */
  close(): void {
    this.#client = undefined
  }

  push({ topic, payload, qos, sequenceId }: Pick<Delivery, 'topic' | 'payload' | 'qos' | 'sequenceId'>): void {
    if (/[+#]/.test(topic))
      this.#refusals.add("can't publish to the external MQTT broker", { topic, reason: 'the path has a + or #, which a topic must not' })
    else this.#outbox.push({ topic, payload, qos: qos === 0 ? 0 : 1, length: topic.length + payload.length }, sequenceId)
  }

  /** For the outbox: nothing is handed over while the broker is away or has enough. */
  get bufferedAmount(): number {
    return this.#client && this.#inFlight < this.#maxInFlight ? 0 : Number.POSITIVE_INFINITY
  }

  /** For the outbox. */
  send({ topic, payload, qos }: Outward): void {
    this.#inFlight++
    this.#client?.publish(topic, payload, { qos }, (error) => {
      this.#inFlight--
      if (error && this.#client)
        this.#refusals.add('the external MQTT broker did not take a message', { topic: topic.slice(0, 200), reason: error.message })
      this.#outbox.drained()
      if (this.isIdle) this.#whenIdle?.()
    })
  }

  /** Resolves when all has gone, or the time is over. */
  async settled(milliseconds: number): Promise<void> {
    if (!this.#client || this.isIdle) return
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      new Promise<void>((resolve) => (this.#whenIdle = resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds))),
    ])
    clearTimeout(timer)
  }
}
