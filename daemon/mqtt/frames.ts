/** MQTT packets as bytes: what goes to subscribers, made once for many. MQTT 3.1.1, section 2. */

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
