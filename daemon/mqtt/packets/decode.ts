/** Packets that clients send, from bytes to types. MQTT 3.1.1 and 5, section 3. */
import type { QoS } from '../frames.ts'
import { Cursor } from './cursor.ts'
import type { Properties } from './properties.ts'
import { ALLOWED, Property, readProperties } from './properties.ts'
import { Malformed, Reason } from './reasons.ts'

/** 3: MQTT 3.1, 4: 3.1.1, 5: 5. */
export type Version = 3 | 4 | 5

export interface WillPacket {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  readonly properties: Properties | undefined
}

export interface ConnectPacket {
  readonly type: 'connect'
  readonly version: Version
  readonly clean: boolean
  readonly keepAlive: number
  readonly clientId: string
  readonly will: WillPacket | undefined
  readonly userName: string | undefined
  readonly password: Buffer | undefined
  readonly properties: Properties | undefined
}

export interface PublishPacket {
  readonly type: 'publish'
  readonly topic: string
  readonly payload: Buffer
  readonly qos: QoS
  readonly retain: boolean
  readonly messageId: number | undefined
  readonly properties: Properties | undefined
}

export interface AcknowledgementPacket {
  readonly type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'
  readonly messageId: number
  readonly reason: number
}

export interface WantedSubscription {
  readonly filter: string
  readonly qos: QoS
  readonly noLocal: boolean
  readonly asPublished: boolean
  /** 0: retained messages at each subscription, 1: at a new one, 2: none. */
  readonly retainHandling: number
}

export interface SubscribePacket {
  readonly type: 'subscribe'
  readonly messageId: number
  readonly subscriptions: readonly WantedSubscription[]
  readonly id: number | undefined
}

export interface UnsubscribePacket {
  readonly type: 'unsubscribe'
  readonly messageId: number
  readonly filters: readonly string[]
}

export interface DisconnectPacket {
  readonly type: 'disconnect'
  readonly reason: number
  readonly sessionExpiry: number | undefined
}

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | AcknowledgementPacket
  | SubscribePacket
  | UnsubscribePacket
  | DisconnectPacket
  | { readonly type: 'pingreq' }

const ACKNOWLEDGEMENTS: ReadonlyMap<number, AcknowledgementPacket['type']> = new Map([
  [4, 'puback'],
  [5, 'pubrec'],
  [6, 'pubrel'],
  [7, 'pubcomp'],
])

/** @param header the first byte of a packet @param version as for {@link decode} @throws Malformed when no packet begins so */
export function checkHeader(header: number, version: Version | undefined): void {
  const kind = header >> 4
  if (version === undefined && kind !== 1) throw new Malformed(`the first packet is of type ${kind}, and no CONNECT`, Reason.protocolError)
  if (kind === 3) {
    if ((header & 6) === 6) throw new Malformed('a message of QoS 3')
  } else if ((header & 0x0f) !== (kind === 6 || kind === 8 || kind === 10 ? 2 : 0))
    throw new Malformed('the flags of a packet are not as they must be')
}

/**
 * @param header the first byte of the packet @param body all after its length
 * @param version of the connection; undefined: this is its first packet
 * @throws Malformed
 */
export function decode(header: number, body: Buffer, version: Version | undefined): ClientPacket {
  const kind = header >> 4
  checkHeader(header, version)
  const packet = new Cursor(body, version === 5)
  if (kind === 3) return readPublish(header, packet, version)
  const acknowledgement = ACKNOWLEDGEMENTS.get(kind)
  if (acknowledgement) return readAcknowledgement(acknowledgement, packet, version)
  switch (kind) {
    case 1:
      if (version !== undefined) throw new Malformed('a second CONNECT', Reason.protocolError)
      return readConnect(body)
    case 8:
      return readSubscribe(packet, version)
    case 10:
      return readUnsubscribe(packet, version)
    case 12:
      return { type: 'pingreq' }
    case 14:
      return readDisconnect(packet, version)
    default:
      throw new Malformed(`a packet of type ${kind}, which no client may send here`, Reason.protocolError)
  }
}

function readConnect(body: Buffer): ConnectPacket {
  const start = new Cursor(body, false)
  const name = start.text()
  if (name !== 'MQTT' && name !== 'MQIsdp') throw new Malformed('the first packet is no CONNECT of the MQTT protocol')
  // The highest bit says that it is a bridge.
  const version = start.byte() & 0x7f
  if (version !== 3 && version !== 4 && version !== 5)
    throw new Malformed(`the protocol version ${version} is not known: MQTT 3.1, 3.1.1 and 5 are`, Reason.version)
  const packet = new Cursor(start.rest(), version === 5)
  const flags = packet.byte()
  if ((flags & 1) !== 0) throw new Malformed('the reserved flag of CONNECT is set')
  const hasWill = (flags & 4) !== 0
  const willQos = (flags >> 3) & 3
  if (willQos > 2) throw new Malformed('a will of QoS 3')
  if (!hasWill && (flags & 0x38) !== 0) throw new Malformed('CONNECT has flags of a will, and no will')
  const keepAlive = packet.uint16()
  const properties = version === 5 ? readProperties(packet, ALLOWED.connect) : undefined
  const clientId = packet.text()
  const will = hasWill
    ? {
        properties: version === 5 ? readProperties(packet, ALLOWED.will) : undefined,
        topic: packet.text(),
        payload: packet.binary(),
        qos: willQos as QoS,
        retain: (flags & 0x20) !== 0,
      }
    : undefined
  const userName = (flags & 0x80) !== 0 ? packet.text() : undefined
  const password = (flags & 0x40) !== 0 ? packet.binary() : undefined
  if (version === 5 && packet.left > 0) throw new Malformed('CONNECT is longer than what it holds')
  return { type: 'connect', version, clean: (flags & 2) !== 0, keepAlive, clientId, will, userName, password, properties }
}

function readPublish(header: number, packet: Cursor, version: Version | undefined): PublishPacket {
  const qos = (header >> 1) & 3
  const topic = packet.text()
  const messageId = qos > 0 ? readMessageId(packet, version) : undefined
  const properties = version === 5 ? readProperties(packet, ALLOWED.publish) : undefined
  return { type: 'publish', topic, payload: packet.rest(), qos: qos as QoS, retain: (header & 1) !== 0, messageId, properties }
}

function readMessageId(packet: Cursor, version: Version | undefined): number {
  const id = packet.uint16()
  if (id === 0 && version === 5) throw new Malformed('a packet id of 0', Reason.protocolError)
  return id
}

function readAcknowledgement(type: AcknowledgementPacket['type'], packet: Cursor, version: Version | undefined): AcknowledgementPacket {
  const messageId = packet.uint16()
  const reason = version === 5 && packet.left > 0 ? packet.byte() : 0
  if (version === 5 && packet.left > 0) readProperties(packet, ALLOWED.acknowledgement)
  return { type, messageId, reason }
}

function readSubscribe(packet: Cursor, version: Version | undefined): SubscribePacket {
  const messageId = readMessageId(packet, version)
  const id = version === 5 ? readProperties(packet, ALLOWED.subscribe).get(Property.subscriptionId) : undefined
  const subscriptions: WantedSubscription[] = []
  while (packet.left > 0) {
    const filter = packet.text()
    const options = packet.byte()
    const retainHandling = (options >> 4) & 3
    if ((options & 3) === 3 || (options & (version === 5 ? 0xc0 : 0xfc)) !== 0 || retainHandling === 3)
      throw new Malformed('options of a subscription that there are not', version === 5 ? Reason.protocolError : Reason.malformed)
    subscriptions.push({
      filter,
      qos: (options & 3) as QoS,
      noLocal: (options & 4) !== 0,
      asPublished: (options & 8) !== 0,
      retainHandling,
    })
  }
  if (subscriptions.length === 0) throw new Malformed('a SUBSCRIBE without a topic filter', Reason.protocolError)
  return { type: 'subscribe', messageId, subscriptions, id }
}

function readUnsubscribe(packet: Cursor, version: Version | undefined): UnsubscribePacket {
  const messageId = readMessageId(packet, version)
  if (version === 5) readProperties(packet, ALLOWED.unsubscribe)
  const filters: string[] = []
  while (packet.left > 0) filters.push(packet.text())
  if (filters.length === 0) throw new Malformed('an UNSUBSCRIBE without a topic filter', Reason.protocolError)
  return { type: 'unsubscribe', messageId, filters }
}

function readDisconnect(packet: Cursor, version: Version | undefined): DisconnectPacket {
  const reason = version === 5 && packet.left > 0 ? packet.byte() : Reason.success
  const properties = version === 5 && packet.left > 0 ? readProperties(packet, ALLOWED.disconnect) : undefined
  return { type: 'disconnect', reason, sessionExpiry: properties?.get(Property.sessionExpiry) }
}
