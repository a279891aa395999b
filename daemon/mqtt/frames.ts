/** MQTT packets as bytes: what goes to subscribers, made once for many, and a look at what comes in before it is parsed. MQTT 3.1.1, section 2. */

export type QoS = 0 | 1 | 2

export interface Publish {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain?: boolean
  readonly dup?: boolean
  /** Needed above QoS 0. */
  readonly messageId?: number | undefined
}

/** A PUBLISH packet. */
export function encodePublish({ topic, payload, qos, retain = false, dup = false, messageId = 0 }: Publish): Buffer {
  const topicLength = Buffer.byteLength(topic)
  const remaining = 2 + topicLength + (qos > 0 ? 2 : 0) + payload.length
  const lengthBytes = remaining < 128 ? 1 : remaining < 16_384 ? 2 : remaining < 2_097_152 ? 3 : 4
  const packet = Buffer.allocUnsafe(1 + lengthBytes + remaining)
  packet[0] = 0x30 | (dup ? 0x08 : 0) | (qos << 1) | (retain ? 1 : 0)
  let at = 1
  for (let left = remaining; at <= lengthBytes; at++, left >>>= 7) packet[at] = (left & 0x7f) | (at < lengthBytes ? 0x80 : 0)
  at = packet.writeUInt16BE(topicLength, at)
  at += packet.write(topic, at)
  if (qos > 0) at = packet.writeUInt16BE(messageId, at)
  packet.set(payload, at)
  return packet
}

/** A PUBACK packet; of MQTT 5 too, where it means success. */
export const encodePuback = (messageId: number): Buffer => Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff])

/** A PUBREL packet. */
export const encodePubrel = (messageId: number): Buffer => Buffer.from([0x62, 2, messageId >> 8, messageId & 0xff])

/**
 * Follows the packets of a connection by their headers alone, so that one that is too large is noticed before it gathers
 * in memory.
 */
export class SizeGuard {
  readonly #limit: number
  /** Bytes of the packet at hand that are still to come; undefined within a header. */
  #left: number | undefined
  /** Bytes of the header seen, and the length as far as it is known. */
  #seen = 0
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @returns what is wrong with the packets in the bytes that came next, or undefined */
  check(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left !== undefined) {
        const taken = Math.min(this.#left, bytes.length - at)
        at += taken
        this.#left -= taken
        if (this.#left === 0) this.#left = undefined
        continue
      }
      const byte = bytes[at++] ?? 0
      if (this.#seen++ === 0) continue
      this.#length += (byte & 0x7f) * 128 ** (this.#seen - 2)
      if (this.#length > this.#limit) return `a packet of more than ${this.#limit} bytes`
      if ((byte & 0x80) === 0) {
        this.#left = this.#length === 0 ? undefined : this.#length
        this.#seen = this.#length = 0
      } else if (this.#seen === 5) return 'a packet whose length is malformed'
    }
    return undefined
  }
}
