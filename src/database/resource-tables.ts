/** The tables of resources, and of what belongs to one. */
import type { Generated } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { Flag, JsonText } from './column-types.ts'

export interface ResourceTable {
  id: Generated<number>
  parent_id: number | null
  organization_id: number | null
  name: string
  type: number
  /** JSON list of [type, principal id, level]; null: inherited. */
  permissions: string | null
  system_attributes: JsonText
  user_attributes: string
  creation_timestamp: Micros
  modification_timestamp: Micros
  last_revision_id: number | null
  /** 1: hidden, and can be restored; 2: being removed for good. */
  deleted: Flag | 2
  deletion_timestamp: Micros | null
}

/** Resources that the index of names has under another name, or that are gone. */
export interface ChangedNameTable {
  id: number
}

/** A revision of a file, or a value of an image sequence. Its content is in `data`, or in bulk storage under `storage_path`. */
export interface ResourceRevisionTable {
  id: Generated<number>
  resource_id: number
  timestamp: Micros
  size: number
  /** SHA-1, hex. */
  hash: string
  data: Uint8Array | null
  storage_path: string | null
}

export interface ThumbnailTable {
  resource_id: number
  revision_id: number
  width: number
  height: number
  format: string
  data: Uint8Array
}

export interface PinTable {
  id: Generated<number>
  pin: number
  /** SHA-256 of the PIN code, hex. */
  code_hash: string
  creation_timestamp: Micros
  enter_timestamp: Micros | null
  user_id: number | null
  controller_id: number | null
  key_created: Flag
  attributes: string
}

export interface ControllerStatusTable {
  id: number
  client_version: string
  /** Address of its last message. */
  address: Generated<string>
  /** Connected by WebSocket or MQTT. */
  web_socket_connected: Flag
  last_connect_timestamp: Micros | null
  /** The last message of any kind. */
  last_message_timestamp: Micros | null
  last_watchdog_timestamp: Micros | null
  messages_received: Generated<number>
  messages_sent: Generated<number>
  watchdog_notification_sent: Flag
  attributes: JsonText
}

/** What somebody noted about a resource at a time. */
export interface NoteTable {
  id: Generated<number>
  resource_id: number
  start_timestamp: Micros
  /** Null for a note about a moment. */
  end_timestamp: Micros | null
  text: string
  /** JSON list of texts. */
  tags: string
  /** Why it was made: `person`, `device`, `alarm` or `import`. */
  source: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: Micros
  modification_timestamp: Micros | null
}
