/** The tables of what is kept for MQTT clients; schema.ts has the others and the conventions. */
import type { Selectable } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { Flag } from './schema.ts'

/** Sessions of MQTT clients that outlive their connection. */
export interface MqttSessionTable {
  id: number
  /** The actor's name, then the client's own id. */
  name: string
  /** The actor as JSON text, as of the last connection. */
  actor: string
  /** JSON object of topic filters and their QoS, or what else MQTT 5 says of a subscription. */
  filters: string
  /** JSON list of message ids: messages of QoS 2 that were received and not yet released. */
  received: string
  /** Null while it is connected. */
  gone_timestamp: Micros | null
  /** Seconds for which it is kept without a connection, at most the setting; null: as long as that. */
  expiry: number | null
}

/** Messages of QoS 1 and 2 for these sessions, until they are confirmed. */
export interface MqttQueueTable {
  session_id: number
  /** Order in the queue. */
  position: number
  topic: string
  payload: Uint8Array
  qos: number
  /** The resource that must still be readable when the message is sent. */
  resource_id: number
  /** Set when the message is sent. */
  message_id: number | null
  released: Flag
  /** Whether it is marked as retained, as its publisher asked. */
  retain: Flag
  /** Properties of MQTT 5 that go on to the client, as bytes. */
  properties: Uint8Array | null
  /** When it is not to be delivered any more. */
  expires: Micros | null
  /** JSON list: ids of the subscriptions that it is for. */
  subscription_ids: string | null
}

/** The last retained message of each topic that has one. */
export interface MqttRetainedTable {
  topic: string
  payload: Uint8Array
  qos: number
  /** The resource that the topic stood for: a topic that stands for another one by now has no retained message. */
  resource_id: number
  properties: Uint8Array | null
  expires: Micros | null
}

/** Messages to be published when a connection ends without DISCONNECT. Those found at a start are of connections that a crash ended. */
export interface MqttWillTable {
  id: number
  key_id: number
  topic: string
  payload: Uint8Array
  qos: number
  retain: Flag
  properties: Uint8Array | null
  /** Seconds for which the message is good once it is published; null: for ever. */
  expiry: number | null
  /** Seconds after the end of the connection, in which its client may come back to its session and void it. */
  delay: number
  /** The name of that session. */
  session: string
}

export type MqttSessionRow = Selectable<MqttSessionTable>
export type MqttQueueRow = Selectable<MqttQueueTable>
export type MqttRetainedRow = Selectable<MqttRetainedTable>
export type MqttWillRow = Selectable<MqttWillTable>
