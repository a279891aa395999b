/**
 * The tables, as Kysely sees them. Times are microseconds since 1970 (UTC), flags are 0 or 1, attributes are JSON text; the same on SQLite
 * and PostgreSQL.
 */
import type { Insertable, Kysely, Selectable, Transaction, Updateable } from 'kysely'
import type { MqttQueueTable, MqttRetainedTable, MqttSessionTable, MqttWillTable } from './mqtt-tables.ts'
import type { OutgoingMessageTable, AlertStateTable, AlertHistoryTable, AlertMuteTable } from './alert-tables.ts'
import type {
  UserTable,
  SessionTable,
  OrganizationUserTable,
  AccountRequestTable,
  PasswordResetTable,
  KeyTable,
  UserFactorTable,
  RecoveryCodeTable,
  AuditRecordTable,
  FavouriteTable,
  ResourceViewTable,
  LinkTable,
  PushDeviceTable,
} from './people-tables.ts'
import type {
  ChangedNameTable,
  ResourceTable,
  ResourceRevisionTable,
  ThumbnailTable,
  PinTable,
  ControllerStatusTable,
  NoteTable,
} from './resource-tables.ts'
import type {
  ThrottleTable,
  PauseTable,
  KnownTimeTable,
  WrongClockTable,
  CorrectedTimeTable,
  BackupLogTable,
  ProbeTable,
  SchemaMigrationTable,
  DaemonTable,
  ExtensionValueTable,
} from './server-tables.ts'
import type { StoredChunkTable, StoredPieceTable } from './storage-tables.ts'
import type {
  NewestTextTable,
  SequenceJournalTable,
  SequenceBlockTable,
  SequenceBlockDataTable,
  SequenceDamagedBlockTable,
  SequenceDamagedRecordTable,
  ImportTable,
  ImportValueTable,
  MaskTable,
  CalibrationTable,
} from './value-tables.ts'

export type * from './alert-tables.ts'
export type * from './column-types.ts'
export type * from './people-tables.ts'
export type * from './resource-tables.ts'
export type * from './server-tables.ts'
export type * from './storage-tables.ts'
export type * from './value-tables.ts'

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
  push_devices: PushDeviceTable
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
  corrected_times: CorrectedTimeTable
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
  stored_pieces: StoredPieceTable
  stored_chunks: StoredChunkTable
  changed_names: ChangedNameTable
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
