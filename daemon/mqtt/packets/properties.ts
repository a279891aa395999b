/** Properties of MQTT 5 packets, section 2.2.2: which there are, which a packet may have, and their bytes. */
import type { Cursor } from './cursor.ts'
import { Malformed, Reason } from './reasons.ts'

export const Property = {
  payloadFormat: 1,
  messageExpiry: 2,
  contentType: 3,
  responseTopic: 8,
  correlationData: 9,
  subscriptionId: 11,
  sessionExpiry: 17,
  assignedClientId: 18,
  authenticationMethod: 21,
  authenticationData: 22,
  requestProblemInformation: 23,
  willDelay: 24,
  requestResponseInformation: 25,
  reasonString: 31,
  receiveMaximum: 33,
  topicAliasMaximum: 34,
  topicAlias: 35,
  userProperty: 38,
  maximumPacketSize: 39,
  sharedSubscriptionAvailable: 42,
} as const

type Kind = 'flag' | 'uint16' | 'uint32' | 'varint' | 'text' | 'binary' | 'pair'

const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [Property.payloadFormat, 'flag'],
  [Property.messageExpiry, 'uint32'],
  [Property.contentType, 'text'],
  [Property.responseTopic, 'text'],
  [Property.correlationData, 'binary'],
  [Property.subscriptionId, 'varint'],
  [Property.sessionExpiry, 'uint32'],
  [Property.authenticationMethod, 'text'],
  [Property.authenticationData, 'binary'],
  [Property.requestProblemInformation, 'flag'],
  [Property.willDelay, 'uint32'],
  [Property.requestResponseInformation, 'flag'],
  [Property.reasonString, 'text'],
  [Property.receiveMaximum, 'uint16'],
  [Property.topicAliasMaximum, 'uint16'],
  [Property.topicAlias, 'uint16'],
  [Property.userProperty, 'pair'],
  [Property.maximumPacketSize, 'uint32'],
])

/** Those whose value must not be 0. */
const POSITIVE: ReadonlySet<number> = new Set([Property.receiveMaximum, Property.maximumPacketSize, Property.subscriptionId])

/** What subscribers get of a publication's properties as it came. */
const PASSED_ON: ReadonlySet<number> = new Set([
  Property.payloadFormat,
  Property.contentType,
  Property.responseTopic,
  Property.correlationData,
  Property.userProperty,
])

const MESSAGE = [...PASSED_ON, Property.messageExpiry]

/** What each packet of a client may have. */
export const ALLOWED = {
  connect: new Set<number>([
    Property.sessionExpiry,
    Property.authenticationMethod,
    Property.authenticationData,
    Property.requestProblemInformation,
    Property.requestResponseInformation,
    Property.receiveMaximum,
    Property.topicAliasMaximum,
    Property.userProperty,
    Property.maximumPacketSize,
  ]),
  will: new Set<number>([...MESSAGE, Property.willDelay]),
  publish: new Set<number>([...MESSAGE, Property.topicAlias]),
  acknowledgement: new Set<number>([Property.reasonString, Property.userProperty]),
  subscribe: new Set<number>([Property.subscriptionId, Property.userProperty]),
  unsubscribe: new Set<number>([Property.userProperty]),
  disconnect: new Set<number>([Property.sessionExpiry, Property.reasonString, Property.userProperty]),
}

export const NO_PROPERTIES = Buffer.alloc(0)

export class Properties {
  /** The bytes of those that go on to subscribers, in their order. */
  readonly passedOn: Buffer
  readonly #numbers: ReadonlyMap<number, number>

  constructor(numbers: ReadonlyMap<number, number>, passedOn: Buffer) {
    this.#numbers = numbers
    this.passedOn = passedOn
  }

  /** The value of a property that is a number; of another one 1 when it is there. */
  get(id: number): number | undefined {
    return this.#numbers.get(id)
  }
}

const NONE = new Properties(new Map(), NO_PROPERTIES)

/** @throws Malformed */
export function readProperties(packet: Cursor, allowed: ReadonlySet<number>): Properties {
  const part = packet.part(packet.varint())
  if (part.left === 0) return NONE
  const numbers = new Map<number, number>()
  const passedOn: Buffer[] = []
  while (part.left > 0) {
    const before = part.left
    const id = part.varint()
    const kind = KINDS.get(id)
    if (kind === undefined || !allowed.has(id)) throw new Malformed(`a property ${id} that this packet must not have`, Reason.protocolError)
    if (numbers.has(id) && id !== Property.userProperty) throw new Malformed(`the property ${id} twice`, Reason.protocolError)
    const value = readValue(part, kind)
    if (value === 0 && POSITIVE.has(id)) throw new Malformed(`the property ${id} is 0`, Reason.protocolError)
    if (kind === 'flag' && value > 1) throw new Malformed(`the property ${id} is ${value}; allowed: 0 or 1`, Reason.protocolError)
    numbers.set(id, value)
    if (PASSED_ON.has(id)) passedOn.push(part.since(before))
  }
  return new Properties(numbers, passedOn.length === 0 ? NO_PROPERTIES : Buffer.concat(passedOn))
}

function readValue(part: Cursor, kind: Kind): number {
  switch (kind) {
    case 'flag':
      return part.byte()
    case 'uint16':
      return part.uint16()
    case 'uint32':
      return part.uint32()
    case 'varint':
      return part.varint()
    case 'text':
      part.text()
      return 1
    case 'binary':
      part.binary()
      return 1
    case 'pair':
      part.text()
      part.text()
      return 1
  }
}

// ---- Out

export function writeVarint(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push((left % 128) + (left >= 128 ? 0x80 : 0))
    if (left < 128) return Buffer.from(bytes)
  }
}

export function writeText(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

export const byteProperty = (id: number, value: number): Buffer => Buffer.from([id, value])
export const textProperty = (id: number, value: string): Buffer => Buffer.concat([Buffer.from([id]), writeText(value)])
export const subscriptionIdProperty = (value: number): Buffer => Buffer.concat([Buffer.from([Property.subscriptionId]), writeVarint(value)])

export function uint16Property(id: number, value: number): Buffer {
  const bytes = Buffer.from([id, 0, 0])
  bytes.writeUInt16BE(value, 1)
  return bytes
}

export function uint32Property(id: number, value: number): Buffer {
  const bytes = Buffer.from([id, 0, 0, 0, 0])
  bytes.writeUInt32BE(value, 1)
  return bytes
}

/** With their length in front. */
export function joinProperties(properties: readonly Buffer[]): Buffer {
  const all = Buffer.concat(properties)
  return Buffer.concat([writeVarint(all.length), all])
}
