/**
 * The tables, as Kysely sees them. Times are microseconds since 1970 (UTC), flags are 0 or 1, attributes are JSON text; the same on SQLite
 * and PostgreSQL.
 */
import type { ColumnType, Generated, Insertable, Kysely, Selectable, Transaction, Updateable } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { MqttQueueTable, MqttRetainedTable, MqttSessionTable, MqttWillTable } from './mqtt-tables.ts'

export type Flag = 0 | 1
/** JSON that is changed in parts, inside a transaction: with `changeJson` of json-columns.ts, and by no other update. */
export type JsonText = ColumnType<string, string, never>

export interface UserTable {
  id: Generated<number>
  user_name: string | null
  email_address: string
  password_hash: string
  full_name: string
  role: number
  info_status: string
  attributes: string
  deleted: Flag
  creation_timestamp: Micros
  /** Whether a code that was mailed there was used. */
  address_proven: Flag
}

export interface SessionTable {
  id: Generated<number>
  user_id: number
  /** SHA-256 of the cookie's token, hex. */
  token_hash: string
  creation_timestamp: Micros
  last_use_timestamp: Micros
  expiry_timestamp: Micros
  address: string
  user_agent: string
  /** When its user last gave a password or second factor in it; null: at its beginning. */
  proof_timestamp: Micros | null
}

export interface OrganizationUserTable {
  organization_id: number
  user_id: number
  is_admin: Flag
}

/** Codes for making an account: invitations into an organization, and requests for a new one. */
export interface AccountRequestTable {
  id: Generated<number>
  /** For a request for a new organization. */
  organization_name: string | null
  /** For an invitation, like inviter_id. */
  organization_id: number | null
  inviter_id: number | null
  creation_timestamp: Micros
  redeemed_timestamp: Micros | null
  /** SHA-256 of the access code, hex. */
  access_code_hash: string
  email_address: string
  /** The mail with the code, while its record is kept; null if the code was handed over by other means. */
  message_id: number | null
  attributes: string
}

/** Codes with which people who have forgotten their password set a new one. */
export interface PasswordResetTable {
  id: Generated<number>
  /** Null if the request named an address without an account: its row exists so that both cases take equally long. */
  user_id: number | null
  /** SHA-256 of the code, hex. */
  code_hash: string
  creation_timestamp: Micros
  message_id: number | null
}

export interface KeyTable {
  id: Generated<number>
  organization_id: number
  creation_user_id: number
  revocation_user_id: number | null
  creation_timestamp: Micros
  revocation_timestamp: Micros | null
  access_as_user_id: number | null
  access_as_controller_id: number | null
  /** For a user's key: it is valid only in its organization, because an admin of that organization made it. */
  confined: Flag
  /** First three and last three characters, for lookup and display. */
  key_part: string
  /** base64(SHA-512(key + SALT)). */
  key_hash: string
  /** Written now and then; null: not since that is noted. */
  last_use_timestamp: Micros | null
  last_use_address: Generated<string>
  /** Of a controller's: whether topics of its MQTT clients lie below the controller's folder. */
  mounted: Generated<Flag>
  /** Set for a secret of webhooks: it is good for messages to that folder, and for nothing else. */
  ingest_folder_id: number | null
}

/** Second factors of users: an authenticator app (`totp`) or passkeys (`passkey`). */
export interface UserFactorTable {
  id: Generated<number>
  user_id: number
  kind: string
  /** For people: what they called it. */
  name: string
  creation_timestamp: Micros
  last_use_timestamp: Micros | null
  /** Of an app: its secret, encrypted with a key that is made from SECRET_KEY. */
  secret: string | null
  /** Of an app: the number of the newest step of 30 s whose code was used; codes up to it are void. */
  last_step: number | null
  /** Of a passkey: its id, base64url. */
  credential_id: string | null
  /** Of a passkey: in COSE. */
  public_key: Uint8Array | null
  /** Of a passkey: how often it signed, as it says; 0 for those that don't count. */
  counter: number | null
  /** Of a passkey: JSON list of how browsers reach it. */
  transports: string | null
}

/** Codes that stand in for a second factor, each once. */
export interface RecoveryCodeTable {
  user_id: number
  /** SHA-256 of user id and code, hex. */
  code_hash: string
}

/** Who did what to whom, from where. No verb changes or deletes rows; only their age does. */
export interface AuditRecordTable {
  id: Generated<number>
  /** When it happened, or began, by the believed time. */
  timestamp: Micros
  /** When it last happened. */
  last_timestamp: Micros
  /** How often, if it was gathered. */
  count: number
  kind: string
  user_id: number | null
  controller_id: number | null
  by_server: Flag
  key_id: number | null
  address: string
  /** Its admins see the record. */
  organization_id: number | null
  subject_kind: string
  subject_id: number | null
  subject_name: string
  /** JSON object of plain values. */
  details: string
  /** Whether the log in text has it. */
  told: Flag
}

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

export interface ResourceViewTable {
  resource_id: number
  user_id: number
  view: string
}

export interface FavouriteTable {
  resource_id: number
  user_id: number
  creation_timestamp: Micros
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

/** The queue of outgoing mails, texts and webhooks, and their record. notifications/queue.ts says what the states mean. */
export interface OutgoingMessageTable {
  id: Generated<number>
  controller_id: number | null
  user_id: number | null
  /** `email`, `text` or `webhook`. */
  kind: string
  /** JSON list of addresses, numbers or URLs. */
  recipients: string
  subject: string
  /** Emptied when the message has reached its final state and `secret` is set. */
  body: string
  /** JSON object for receivers of a webhook; null if there is none. */
  data: string | null
  /** The body holds a code that only the recipient may know. */
  secret: Flag
  state: string
  attempts: number
  /** The daemon once ended while it was sending it. */
  interrupted: Flag
  creation_timestamp: Micros
  next_attempt_timestamp: Micros | null
  /** When the last recipient received it. */
  sent_timestamp: Micros | null
  /** JSON object by recipient: null if it was delivered, otherwise why it never will be. Recipients that are missing still wait. */
  results: string
  /** Why it is held, failed, or could not be sent at the last attempt. */
  error: string | null
}

/** State of alert rules that are on, or whose news were sent: what must outlive a restart. */
export interface AlertStateTable {
  resource_id: number
  /** The rule's name. */
  name: string
  /** The rule's condition as JSON text; state that belongs to another condition is void. */
  condition: string
  active: Flag
  /** Since when the condition has held. */
  since_timestamp: Micros | null
  start_timestamp: Micros | null
  end_timestamp: Micros | null
  /** The start was announced, the end not yet. */
  start_told: Flag
  /** When a start was last announced. */
  told_timestamp: Micros | null
}

/** One time that an alert was on. */
export interface AlertHistoryTable {
  id: Generated<number>
  resource_id: number
  /** The rule's name, and its condition in words, as it was then. */
  name: string
  condition: string
  start_timestamp: Micros
  /** Null while it is on. */
  end_timestamp: Micros | null
  /** Of the values for which the condition held; null where there were no numbers. */
  lowest: number | null
  highest: number | null
  /** JSON list of what was queued or held for whom: `{what, time, recipients, message}`. */
  told: string
  /** When somebody said that they take care of it. */
  ack_timestamp: Micros | null
  ack_user_id: number | null
  ack_note: Generated<string>
  /** When the second group was told, because nobody took care. */
  escalation_timestamp: Micros | null
}

/** Alerts that tell nobody of their beginning for a while: of a resource and of all that is in it. */
export interface AlertMuteTable {
  id: Generated<number>
  resource_id: number
  /** One rule; null: all of them. */
  name: string | null
  creation_timestamp: Micros
  until_timestamp: Micros
  user_id: number | null
  reason: string
}

/** How many attempts were made since a window began, for limits that survive a restart. */
export interface ThrottleTable {
  /** A hash of what is limited, and for whom. */
  name: string
  count: number
  window_start: Micros
}

/** Periods of downtime. The row with a null end is the last time the server was known to be up. */
export interface PauseTable {
  from_timestamp: Micros
  until_timestamp: Micros | null
}

/** What the server's clock skipped. The row with a null end is the newest time that the server believed. */
export interface KnownTimeTable {
  from_timestamp: Micros
  until_timestamp: Micros | null
}

/** A stretch of time in which the server's clock was wrong, as that clock showed it. */
export interface WrongClockTable {
  id: Generated<number>
  /** Of the machine; '' where it does not tell them apart. */
  boot: string
  start_timestamp: Micros
  /** Until when it is known to have been wrong. */
  end_timestamp: Micros
  /** What was added to it then; null: it was not set right, at least not while the server ran. */
  off_by: Micros | null
  /** When an admin said what is to become of the values that were stamped in it. */
  settled_timestamp: Micros | null
  settled_as: 'shifted' | 'dismissed' | null
}

/** The newest number of a sequence as it was sent, where it prints otherwise. Counts while that value is the newest. */
export interface NewestTextTable {
  sequence_id: number
  timestamp: Micros
  text: string
}

/** Backups and proofs of them, in the order in which they ended. The newest 200 are kept. */
export interface BackupLogTable {
  id: Generated<number>
  /** `backup` or `proof`. */
  kind: string
  /** The folder, or `-` for a stream. */
  place: string
  /** The moment whose state the backup holds; null if there is no backup. */
  point_timestamp: Micros | null
  start_timestamp: Micros
  end_timestamp: Micros
  /** By the daemon's schedule, not by a command. */
  scheduled: Flag
  /** What is in it, and what was new in the folder. */
  bytes: number | null
  written_bytes: number | null
  /** Null if it went well. */
  error: string | null
}

/** Time of the newest readiness probe, in one row that `/health` writes. */
export interface ProbeTable {
  id: number
  timestamp: Micros
}

export interface SchemaMigrationTable {
  number: number
  name: string
  timestamp: Micros
}

/** Commits of sequence values that are not yet sealed in blocks. Only the storage engine uses it. */
export interface SequenceJournalTable {
  id: Generated<number>
  data: Uint8Array
}

/** Headers of blocks of values. Only the storage engine uses it. */
export interface SequenceBlockTable {
  sequence_id: number
  first: Micros
  last: Micros
  count: number
  /** Null if it is NaN, or the values are texts. */
  min: number | null
  max: number | null
  sum: number | null
  first_value: number | null
  last_value: number | null
  bytes: number
  data_id: number
}

/** Blocks of values, in the format that docs/blocks.md describes. */
export interface SequenceBlockDataTable {
  id: number
  data: Uint8Array
}

/** Damaged blocks that were put aside. */
export interface SequenceDamagedBlockTable {
  id: Generated<number>
  sequence_id: number
  first: Micros
  last: Micros
  count: number
  damage: string
  /** Empty when the database could not read it. */
  data: Uint8Array
  /** Then its row in `sequence_block_data`, which was left there. */
  data_id: number | null
}

/** Damaged records of the journal that were put aside, one or several that follow each other. */
export interface SequenceDamagedRecordTable {
  id: Generated<number>
  first_record: number
  last_record: number
  /** Ids of the sequences whose values it seems to hold, as a JSON array; empty when nothing is known. */
  sequences: string
  /** The times between which its values seem to lie. */
  first: Micros | null
  last: Micros | null
  damage: string
  /** Empty when the database could not read it. */
  data: Uint8Array
}

/** An import of a file. */
export interface ImportTable {
  id: Generated<number>
  organization_id: number
  user_id: number | null
  controller_id: number | null
  /** Empty when it has none. */
  file_name: string
  creation_timestamp: Micros
  /** When what it brought was removed again. */
  removal_timestamp: Micros | null
}

/** Times at which an import brought values that were not there before; many rows for a sequence. */
export interface ImportValueTable {
  id: Generated<number>
  import_id: number
  sequence_id: number
  first: Micros
  last: Micros
  count: number
  /** As base/time-list.ts packs them. */
  times: Uint8Array
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

/** Secret links, by which people without an account read. */
export interface LinkTable {
  id: Generated<number>
  /** What it is to. */
  resource_id: number
  organization_id: number
  /** Who made it. */
  user_id: number
  /** Whether they did by a key that acts as them in this organization only. */
  confined: number
  /** Ids of what it shows, as JSON. */
  reach: string
  /** Of the page that it opens, without a question mark. */
  query: string
  /** What it is for. */
  note: string
  secret_hash: string
  creation_timestamp: Micros
  expiration_timestamp: Micros
  revocation_timestamp: Micros | null
  revocation_user_id: number | null
  last_use_timestamp: Micros | null
  /** How often it was opened. */
  uses: number
}

/** Values of a sequence that are marked as bad. */
export interface MaskTable {
  id: Generated<number>
  sequence_id: number
  note: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: Micros
  /** As they were asked for; null: open. */
  start_timestamp: Micros | null
  end_timestamp: Micros | null
  /** '' for none. */
  condition: string
  /** What it covers, as base/time-list.ts packs beginnings and ends; null: all from start to end. */
  stretches: Uint8Array | null
  /** How many values that were when it was made. */
  count: number
}

/** How the values of a sequence are to be read from a time on. */
export interface CalibrationTable {
  id: Generated<number>
  sequence_id: number
  note: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: Micros
  start_timestamp: Micros
  scale: number
  offset: number
  /** JSON list of pairs, in place of scale and offset; null: none. */
  points: string | null
}

/** Its only row, 1: the daemon that the database belongs to. */
export interface DaemonTable {
  id: number
  /** Drawn at random at each start; a daemon that finds another one's here commits nothing any more. */
  token: number
  /** Which process of which boot of the machine that was; '' when it has ended. */
  process: string
  pid: number
  /** Device and inode of the database file: a copy of it belongs to no daemon. */
  file: string
}

/** What an extension keeps. */
export interface ExtensionValueTable {
  extension: string
  key: string
  /** JSON. */
  value: string
}

export interface Schema {
  users: UserTable
  sessions: SessionTable
  organization_users: OrganizationUserTable
  account_requests: AccountRequestTable
  password_resets: PasswordResetTable
  keys: KeyTable
  resources: ResourceTable
  resource_revisions: ResourceRevisionTable
  resource_views: ResourceViewTable
  favourites: FavouriteTable
  thumbnails: ThumbnailTable
  pins: PinTable
  controller_status: ControllerStatusTable
  outgoing_messages: OutgoingMessageTable
  alert_states: AlertStateTable
  alert_history: AlertHistoryTable
  alert_mutes: AlertMuteTable
  throttles: ThrottleTable
  pauses: PauseTable
  known_times: KnownTimeTable
  newest_texts: NewestTextTable
  wrong_clocks: WrongClockTable
  backup_log: BackupLogTable
  probes: ProbeTable
  schema_migrations: SchemaMigrationTable
  sequence_journal: SequenceJournalTable
  sequence_blocks: SequenceBlockTable
  sequence_block_data: SequenceBlockDataTable
  sequence_damaged_blocks: SequenceDamagedBlockTable
  sequence_damaged_records: SequenceDamagedRecordTable
  mqtt_sessions: MqttSessionTable
  mqtt_queue: MqttQueueTable
  mqtt_retained: MqttRetainedTable
  mqtt_wills: MqttWillTable
  daemon: DaemonTable
  audit_records: AuditRecordTable
  user_factors: UserFactorTable
  recovery_codes: RecoveryCodeTable
  imports: ImportTable
  notes: NoteTable
  masks: MaskTable
  calibrations: CalibrationTable
  links: LinkTable
  import_values: ImportValueTable
  extension_values: ExtensionValueTable
}

/** Outside a transaction: a select reads the newest committed state, and any other statement is its own transaction. */
export type Db = Kysely<Schema>
/**
 * Inside a transaction. Verbs that must be part of one take a Tx. Passing them the outer Db does not compile: its statement would wait for
 * the very transaction that calls it.
 */
export type Tx = Transaction<Schema>

export type UserRow = Selectable<UserTable>
export type UserInsert = Insertable<UserTable>
export type UserUpdate = Updateable<UserTable>
export type KeyRow = Selectable<KeyTable>
export type AuditRow = Selectable<AuditRecordTable>
export type AuditInsert = Insertable<AuditRecordTable>
export type FactorRow = Selectable<UserFactorTable>
export type FactorInsert = Insertable<UserFactorTable>
export type ResourceRow = Selectable<ResourceTable>
export type ResourceInsert = Insertable<ResourceTable>
export type ResourceUpdate = Updateable<ResourceTable>
export type AlertStateRow = Selectable<AlertStateTable>
export type AlertHistoryRow = Selectable<AlertHistoryTable>
export type AlertMuteRow = Selectable<AlertMuteTable>
export type ControllerStatusRow = Selectable<ControllerStatusTable>
