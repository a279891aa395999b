/** MQTT packets as bytes: what goes to clients, made once for many where many get it. MQTT 3.1.1 and 5, section 3. */
import type { Version } from './packets/decode.ts'
import {
  byteProperty,
  joinProperties,
  NO_PROPERTIES,
  Property,
  subscriptionIdProperty,
  textProperty,
  uint16Property,
  uint32Property,
  writeVarint,
} from './packets/properties.ts'
import { Reason, type ReasonCode } from './packets/reasons.ts'

export type QoS = 0 | 1 | 2

export interface Publish {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: QoS
  readonly retain?: boolean
  readonly dup?: boolean
  /** Needed above QoS 0. */
  readonly messageId?: number | undefined
  /** Of MQTT 5, without their length; undefined: the packet is of an earlier version. */
  readonly properties?: Uint8Array | undefined
}

/** A PUBLISH packet. */
export function encodePublish({ topic, payload, qos, retain = false, dup = false, messageId = 0, properties }: Publish): Buffer {
  const topicLength = Buffer.byteLength(topic)
  const propertiesLength = properties ? sizeOfVarint(properties.length) + properties.length : 0
  const remaining = 2 + topicLength + (qos > 0 ? 2 : 0) + propertiesLength + payload.length
  const packet = Buffer.allocUnsafe(1 + sizeOfVarint(remaining) + remaining)
  packet[0] = 0x30 | (dup ? 0x08 : 0) | (qos << 1) | (retain ? 1 : 0)
  let at = putVarint(packet, remaining, 1)
  at = packet.writeUInt16BE(topicLength, at)
  at += packet.write(topic, at)
  if (qos > 0) at = packet.writeUInt16BE(messageId, at)
  if (properties) {
    at = putVarint(packet, properties.length, at)
    packet.set(properties, at)
    at += properties.length
  }
  packet.set(payload, at)
  return packet
}

const sizeOfVarint = (value: number): number => (value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4)

function putVarint(packet: Buffer, value: number, at: number): number {
  const size = sizeOfVarint(value)
  for (let place = 0, left = value; place < size; place++, left >>>= 7) packet[at + place] = (left & 0x7f) | (place < size - 1 ? 0x80 : 0)
  return at + size
}

/** Properties of a PUBLISH to a subscriber of MQTT 5. @param expiry seconds for which it is still good */
export function publishProperties(passedOn: Uint8Array, expiry: number | undefined, subscriptionIds: readonly number[]): Uint8Array {
  if (expiry === undefined && subscriptionIds.length === 0) return passedOn
  return Buffer.concat([
    ...(expiry === undefined ? [] : [uint32Property(Property.messageExpiry, expiry)]),
    passedOn,
    ...subscriptionIds.map(subscriptionIdProperty),
  ])
}

const packetOf = (header: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([header]), writeVarint(body.length), body])
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])

/** Longest text of a reason, in characters: it has to fit the client's largest packet too. */
const LONGEST_REASON = 500

const reasonProperties = (text: string | undefined): Buffer =>
  joinProperties(text === undefined ? [] : [textProperty(Property.reasonString, text.slice(0, LONGEST_REASON))])

/** What a client of MQTT 5 is told when it is let in. */
export interface Welcome {
  readonly assignedClientId: string | undefined
  /** Seconds; undefined: as the client asked. */
  readonly sessionExpiry: number | undefined
  readonly receiveMaximum: number
  readonly maximumPacketSize: number
  readonly topicAliasMaximum: number
}

/** A CONNACK that lets a client in. */
export function encodeConnack(version: Version, sessionPresent: boolean, welcome: Welcome): Buffer {
  const head = Buffer.from([sessionPresent ? 1 : 0, 0])
  if (version !== 5) return packetOf(0x20, head)
  const { assignedClientId, sessionExpiry, receiveMaximum, maximumPacketSize, topicAliasMaximum } = welcome
  const properties = joinProperties([
    ...(sessionExpiry === undefined ? [] : [uint32Property(Property.sessionExpiry, sessionExpiry)]),
    uint16Property(Property.receiveMaximum, receiveMaximum),
    uint32Property(Property.maximumPacketSize, maximumPacketSize),
    ...(assignedClientId === undefined ? [] : [textProperty(Property.assignedClientId, assignedClientId)]),
    uint16Property(Property.topicAliasMaximum, topicAliasMaximum),
    byteProperty(Property.sharedSubscriptionAvailable, 0),
  ])
  return packetOf(0x20, head, properties)
}

/** A CONNACK that lets nobody in. @param returnCode of 3.1.1 */
export function encodeRefusal(version: Version, { reason, returnCode }: { reason: ReasonCode; returnCode: number }, text: string): Buffer {
  return version === 5 ? packetOf(0x20, Buffer.from([0, reason]), reasonProperties(text)) : packetOf(0x20, Buffer.from([0, returnCode]))
}

/** What an acknowledgement of MQTT 5 says beyond success. */
export interface Remark {
  readonly reason: ReasonCode
  readonly text?: string | undefined
}

export const ACCEPTED: Remark = { reason: Reason.success }

const HEADERS = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const

/** PUBACK, PUBREC, PUBREL, PUBCOMP; with a remark only for MQTT 5. */
export function encodeAcknowledgement(type: keyof typeof HEADERS, messageId: number, { reason, text }: Remark = ACCEPTED): Buffer {
  if (reason === Reason.success && text === undefined) return Buffer.from([HEADERS[type], 2, messageId >> 8, messageId & 0xff])
  const properties = text === undefined ? NO_PROPERTIES : reasonProperties(text)
  return packetOf(HEADERS[type], uint16(messageId), Buffer.from([reason]), properties)
}

/** A PUBACK packet; of MQTT 5 too, where it means success. */
export const encodePuback = (messageId: number): Buffer => encodeAcknowledgement('puback', messageId)

/** A PUBREL packet. */
export const encodePubrel = (messageId: number): Buffer => encodeAcknowledgement('pubrel', messageId)

/** @param codes a granted QoS, or why not, for each filter */
export function encodeSuback(version: Version, messageId: number, codes: readonly number[], text?: string): Buffer {
  const bytes = Buffer.from(version === 5 ? codes : codes.map((code) => Math.min(code, 0x80)))
  return packetOf(0x90, uint16(messageId), ...(version === 5 ? [reasonProperties(text)] : []), bytes)
}

export function encodeUnsuback(version: Version, messageId: number, codes: readonly number[]): Buffer {
  return version === 5
    ? packetOf(0xb0, uint16(messageId), reasonProperties(undefined), Buffer.from(codes))
    : packetOf(0xb0, uint16(messageId))
}

/** Tells a client of MQTT 5 why the server ends the connection. */
export const encodeDisconnect = (reason: ReasonCode, text: string): Buffer => packetOf(0xe0, Buffer.from([reason]), reasonProperties(text))

export const PINGRESP = Buffer.from([0xd0, 0])
