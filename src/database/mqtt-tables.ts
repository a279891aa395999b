/** The tables of what MQTT clients have waiting; the rest, and how values are written, stand in schema.ts. */
import type { Selectable } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { Flag } from './schema.ts'

/** Sessions of MQTT clients that outlive their connection. */
export interface MqttSessionTable {
  id: number
  /** Whom the client acts as, then its own id. */
  name: string
  /** The actor as JSON text, as of the last connection. */
  actor: string
  /** JSON object of topic filters and their QoS. */
  filters: string
  /** JSON list of ids of messages of QoS 2 that came and were not released. */
  received: string
  /** Null while it is connected. */
  gone_timestamp: Micros | null
}

/** Messages of QoS 1 and 2 for those sessions, until they are confirmed. */
export interface MqttQueueTable {
  session_id: number
  /** Their order. */
  position: number
  topic: string
  payload: Uint8Array
  qos: number
  /** What must still be readable when it is sent. */
  resource_id: number
  /** Once it was sent. */
  message_id: number | null
  released: Flag
}

/** The last retained message of each topic that has one. */
export interface MqttRetainedTable {
  topic: string
  payload: Uint8Array
  qos: number
  /** What the topic stood for: a topic that means another thing by now has no retained message. */
  resource_id: number
}

/** What is to be published when a connection ends without a goodbye; what is here at a start are those that a crash ended. */
export interface MqttWillTable {
  id: number
  key_id: number
  topic: string
  payload: Uint8Array
  qos: number
  retain: Flag
}

export type MqttSessionRow = Selectable<MqttSessionTable>
export type MqttQueueRow = Selectable<MqttQueueTable>
export type MqttRetainedRow = Selectable<MqttRetainedTable>
export type MqttWillRow = Selectable<MqttWillTable>
