/** What each table holds, in words for people, and whether the lab can do without its rows. */
import type { Schema } from './schema.ts'

/** vital: the lab is not what it was without it. side: what is in it comes about again. values: the engine's own. */
export type TableKind = 'vital' | 'side' | 'values'

export interface TableWords {
  readonly kind: TableKind
  /** What its rows are, in the plural: "users". */
  readonly words: string
}

const tables: Readonly<Record<keyof Schema, TableWords>> = {
  users: { kind: 'vital', words: 'users' },
  keys: { kind: 'vital', words: 'keys' },
  organization_users: { kind: 'vital', words: 'members of organizations' },
  resources: { kind: 'vital', words: 'folders, files and sequences' },
  resource_revisions: { kind: 'vital', words: 'revisions of files' },
  schema_migrations: { kind: 'vital', words: 'the version of the database' },
  account_requests: { kind: 'vital', words: 'invitations' },
  outgoing_messages: { kind: 'vital', words: 'outgoing mails and texts' },
  sequence_journal: { kind: 'values', words: 'new values' },
  sequence_blocks: { kind: 'values', words: 'blocks of values' },
  sequence_block_data: { kind: 'values', words: 'the content of blocks of values' },
  sequence_damaged_blocks: { kind: 'values', words: 'blocks that were put aside' },
  sequence_damaged_records: { kind: 'values', words: 'records of new values that were put aside' },
  sessions: { kind: 'side', words: 'sessions in browsers' },
  password_resets: { kind: 'side', words: 'codes for new passwords' },
  pins: { kind: 'side', words: 'PINs of controllers' },
  resource_views: { kind: 'side', words: 'views of people' },
  thumbnails: { kind: 'side', words: 'small pictures' },
  controller_status: { kind: 'side', words: 'when controllers were last heard' },
  alert_states: { kind: 'side', words: 'which alerts are on' },
  throttles: { kind: 'side', words: 'who tried too often' },
  pauses: { kind: 'side', words: 'when the server was off' },
  known_times: { kind: 'side', words: 'what the clock skipped' },
  backup_log: { kind: 'side', words: 'the record of backups' },
  probes: { kind: 'side', words: 'the last probe of the health' },
  mqtt_sessions: { kind: 'side', words: 'kept MQTT sessions' },
  mqtt_queue: { kind: 'side', words: 'messages for absent MQTT clients' },
  mqtt_retained: { kind: 'side', words: 'retained MQTT messages' },
  mqtt_wills: { kind: 'side', words: 'wills of MQTT clients' },
  daemon: { kind: 'side', words: 'the daemon that has the database' },
}

export const wordsOf = (table: string): TableWords =>
  Object.hasOwn(tables, table) ? tables[table as keyof Schema] : { kind: 'side', words: table }
