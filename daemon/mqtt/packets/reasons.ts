/** Reason codes of MQTT 5, section 2.4, as far as this server says them, and what 3.1.1 has in their place. */
import type { Fault } from '../../../src/base/fault.ts'

export const Reason = {
  success: 0x00,
  disconnectWithWill: 0x04,
  noSubscriptionExisted: 0x11,
  unspecified: 0x80,
  malformed: 0x81,
  protocolError: 0x82,
  implementation: 0x83,
  version: 0x84,
  clientId: 0x85,
  badLogin: 0x86,
  notAuthorized: 0x87,
  unavailable: 0x88,
  busy: 0x89,
  shuttingDown: 0x8b,
  authenticationMethod: 0x8c,
  keepAlive: 0x8d,
  takenOver: 0x8e,
  filterInvalid: 0x8f,
  topicInvalid: 0x90,
  idNotFound: 0x92,
  receiveMaximum: 0x93,
  topicAlias: 0x94,
  tooLarge: 0x95,
  rate: 0x96,
  quota: 0x97,
  administrative: 0x98,
  payloadFormat: 0x99,
  sharedSubscriptions: 0x9e,
  connectionRate: 0x9f,
} as const

export type ReasonCode = (typeof Reason)[keyof typeof Reason]

/** Codes of CONNACK in MQTT 3.1.1, section 3.2.2.3. */
const IDENTIFIER_REJECTED = 2
const SERVER_UNAVAILABLE = 3
const BAD_USER_NAME_OR_PASSWORD = 4

/** Something is not as MQTT wants it: the connection ends with this reason. */
export class Malformed extends Error {
  readonly reason: ReasonCode

  constructor(message: string, reason: ReasonCode = Reason.malformed) {
    super(message)
    this.reason = reason
  }
}

/** Why a client is not let in. */
export function connectReason({ code }: Fault): { readonly reason: ReasonCode; readonly returnCode: number } {
  switch (code) {
    case 'unauthenticated':
      return { reason: Reason.badLogin, returnCode: BAD_USER_NAME_OR_PASSWORD }
    case 'forbidden':
      return { reason: Reason.notAuthorized, returnCode: SERVER_UNAVAILABLE }
    case 'invalid':
      return { reason: Reason.clientId, returnCode: IDENTIFIER_REJECTED }
    case 'throttled':
      return { reason: Reason.connectionRate, returnCode: SERVER_UNAVAILABLE }
    case 'internal':
      return { reason: Reason.unspecified, returnCode: SERVER_UNAVAILABLE }
    default:
      return { reason: Reason.unavailable, returnCode: SERVER_UNAVAILABLE }
  }
}

/** Why a publication was not taken. @param isTopicKnown its topic stands for something that the sender may know of */
export function publishReason({ code }: Fault, isTopicKnown: boolean): ReasonCode {
  switch (code) {
    case 'forbidden':
    case 'unauthenticated':
      return Reason.notAuthorized
    case 'too_large':
    case 'throttled':
      return Reason.quota
    case 'invalid':
    case 'not_found':
      return isTopicKnown ? Reason.payloadFormat : Reason.topicInvalid
    case 'busy':
      return Reason.busy
    case 'internal':
      return Reason.unspecified
    case 'conflict':
      return Reason.implementation
  }
}

/** Why a subscription was not made. */
export function subscribeReason({ code }: Fault): ReasonCode {
  if (code === 'invalid' || code === 'not_found') return Reason.filterInvalid
  if (code === 'too_large' || code === 'throttled') return Reason.quota
  return code === 'busy' || code === 'internal' ? Reason.unspecified : Reason.notAuthorized
}
