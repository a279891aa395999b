/** One message on its way to MQTT subscribers; what many of them get is made once, and only when somebody gets it. */
import type { Resource } from '../../src/tree.ts'
import { encodePublish, type QoS } from './frames.ts'

export class Delivery {
  readonly topic: string
  readonly qos: QoS
  /** What a subscriber must be allowed to read. */
  readonly resource: Resource
  /** Set for a value: of several that wait for a slow subscriber only the newest of a sequence is kept. */
  readonly sequenceId: number | undefined
  readonly retain: boolean
  readonly #content: Buffer | (() => string)
  #payload: Buffer | undefined
  #frame: Buffer | undefined

  constructor(topic: string, content: Buffer | (() => string), { qos, resource, sequenceId, retain = false }: { qos: QoS; resource: Resource; sequenceId?: number | undefined; retain?: boolean }) {
    this.topic = topic
    this.qos = qos
    this.resource = resource
    this.sequenceId = sequenceId
    this.retain = retain
    this.#content = content
  }

  get payload(): Buffer {
    return (this.#payload ??= typeof this.#content === 'function' ? Buffer.from(this.#content()) : this.#content)
  }

  /** The packet for subscribers of QoS 0. */
  get frame(): Buffer {
    return (this.#frame ??= encodePublish({ topic: this.topic, payload: this.payload, qos: 0, retain: this.retain }))
  }
}
