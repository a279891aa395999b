/** One message on its way to MQTT subscribers; what many of them get is made once, and only when somebody gets it. */
import type { Actor } from '../../src/tree/actor.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Micros } from '../../src/base/time.ts'
import { encodePublish, type QoS } from './frames.ts'
import { NO_PROPERTIES } from './packets/properties.ts'

export interface DeliveryDetails {
  readonly qos: QoS
  readonly resource: Resource
  readonly sequenceId?: number | undefined
  /** It is retained, and goes to a new subscriber. */
  readonly retain?: boolean
  /** It goes out live, and its publisher asked that it be retained. */
  readonly asksToBeRetained?: boolean
  /** What its publisher said of it by MQTT 5, as bytes. */
  readonly properties?: Buffer | undefined
  /** When it is not worth delivering any more. */
  readonly expires?: Micros | undefined
  readonly replaces?: string | undefined
  /** What one subscriber may get of the payload; missing: all of it. Undefined: nothing. */
  readonly cut?: ((actor: Actor, payload: Buffer) => Buffer | undefined) | undefined
}

export class Delivery {
  readonly topic: string
  readonly qos: QoS
  /** What a subscriber must be allowed to read. */
  readonly resource: Resource
  /** Set for a value: of several that wait for a slow subscriber only the newest of a sequence is kept. */
  readonly sequenceId: number | undefined
  readonly retain: boolean
  readonly asksToBeRetained: boolean
  readonly properties: Buffer
  readonly expires: Micros | undefined
  /** What a new subscriber need not get any more once it has heard this: see replay.ts. */
  readonly replaces: string | undefined
  readonly #cut: DeliveryDetails['cut']
  readonly #content: Buffer | (() => string)
  #payload: Buffer | undefined
  #kept: Buffer | undefined
  #frame: Buffer | undefined
  #frame5: Buffer | undefined

  constructor(
    topic: string,
    content: Buffer | (() => string),
    {
      qos,
      resource,
      sequenceId,
      retain = false,
      asksToBeRetained = false,
      properties = NO_PROPERTIES,
      expires,
      replaces,
      cut,
    }: DeliveryDetails,
  ) {
    this.topic = topic
    this.qos = qos
    this.resource = resource
    this.sequenceId = sequenceId
    this.retain = retain
    this.asksToBeRetained = asksToBeRetained
    this.properties = properties
    this.expires = expires
    this.replaces = replaces
    this.#cut = cut
    this.#content = content
  }

  /** What a subscriber who may read the resource gets of it; undefined for nothing. */
  for(actor: Actor): Delivery | undefined {
    const payload = this.#cut ? this.#cut(actor, this.payload) : undefined
    if (!this.#cut || payload === this.payload) return this
    return payload && new Delivery(this.topic, payload, this)
  }

  get payload(): Buffer {
    return (this.#payload ??= typeof this.#content === 'function' ? Buffer.from(this.#content()) : this.#content)
  }

  /** The payload in memory of its own, to be kept for long: what came in is a view of all that the network brought with it. */
  get kept(): Buffer {
    return (this.#kept ??= Buffer.from(new Uint8Array(this.payload).buffer))
  }

  /** The packet for subscribers of QoS 0 that speak MQTT 3.1.1. */
  get frame(): Buffer {
    return (this.#frame ??= encodePublish({ topic: this.topic, payload: this.payload, qos: 0, retain: this.retain }))
  }

  /** The packet for subscribers of QoS 0 that speak MQTT 5 and want nothing more: see {@link publishProperties} for the others. */
  get frame5(): Buffer {
    const { topic, payload, retain, properties } = this
    return (this.#frame5 ??= encodePublish({ topic, payload, qos: 0, retain, properties }))
  }
}
