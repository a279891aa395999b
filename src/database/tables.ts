/** What each table holds, in words for people, and whether the lab can do without its rows. */
import { isOfNameIndex } from './name-index.ts'
import type { Schema } from './schema.ts'

/** vital: the lab is not what it was without it. side: what is in it comes about again. values: the engine's own. */
export type TableKind = 'vital' | 'side' | 'values'

export interface TableWords {
  readonly kind: TableKind
  /** What its rows are, in the plural: "users". */
  readonly words: string
  /** What it means when rows of a side table are lost: a sentence. */
  readonly without?: string
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
  audit_records: { kind: 'vital', words: 'records of who did what' },
  user_factors: { kind: 'vital', words: 'second factors' },
  recovery_codes: { kind: 'vital', words: 'recovery codes' },
  notes: { kind: 'vital', words: 'notes' },
  stored_pieces: { kind: 'vital', words: 'contents of large files' },
  stored_chunks: { kind: 'vital', words: 'parts of the contents of large files' },
  extension_values: { kind: 'vital', words: 'what extensions keep' },
  masks: { kind: 'vital', words: 'masks of bad values' },
  calibrations: { kind: 'vital', words: 'calibrations' },
  links: { kind: 'vital', words: 'secret links' },
  sequence_journal: { kind: 'values', words: 'new values' },
  sequence_blocks: { kind: 'values', words: 'blocks of values' },
  sequence_block_data: { kind: 'values', words: 'the content of blocks of values' },
  sequence_damaged_blocks: { kind: 'values', words: 'blocks that were put aside' },
  sequence_damaged_records: { kind: 'values', words: 'records of new values that were put aside' },
  sessions: { kind: 'side', words: 'sessions in browsers', without: 'People sign in again.' },
  password_resets: { kind: 'side', words: 'codes for new passwords', without: 'Whoever waited for a code asks for another one.' },
  pins: { kind: 'side', words: 'PINs of controllers', without: 'Controllers that are being paired begin again.' },
  resource_views: { kind: 'side', words: 'views of people', without: 'People choose again how they look at sequences and folders.' },
  favourites: { kind: 'side', words: 'favourites of people', without: 'People star again what stands on their first page.' },
  push_devices: {
    kind: 'side',
    words: 'devices that web push reaches',
    without: 'People switch on alarms on their devices again.',
  },
  thumbnails: { kind: 'side', words: 'small pictures', without: 'Pictures that have none show their icon until they are stored again.' },
  controller_status: {
    kind: 'side',
    words: 'when controllers were last heard',
    without: 'When controllers were last heard is known again with their next message.',
  },
  alert_states: { kind: 'side', words: 'which alerts are on', without: 'An alert that is on may be told once more.' },
  alert_history: { kind: 'side', words: 'when alerts were on', without: 'The history of alerts begins again.' },
  alert_mutes: { kind: 'side', words: 'which alerts are muted', without: 'Alerts that were muted tell again.' },
  throttles: { kind: 'side', words: 'who tried too often', without: 'Attempts count from zero.' },
  pauses: { kind: 'side', words: 'when the server was off', without: 'Times when the server was off may count as silence of controllers.' },
  known_times: { kind: 'side', words: 'what the clock skipped', without: 'What is too old is reckoned by the clock alone for a while.' },
  wrong_clocks: {
    kind: 'side',
    words: 'when the clock was wrong',
    without: 'What was stamped by a wrong clock is moved with "rhizo seq shift".',
  },
  corrected_times: {
    kind: 'side',
    words: 'which times of controllers were corrected',
    without: 'What was corrected before is undone with "rhizo seq shift".',
  },
  newest_texts: { kind: 'side', words: 'how newest numbers were written', without: 'They read as numbers are printed.' },
  backup_log: {
    kind: 'side',
    words: 'the record of backups',
    without: 'The backups themselves are as they were; the system page lists them from now on.',
  },
  probes: { kind: 'side', words: 'the last probe of the health', without: 'Nothing comes of it.' },
  mqtt_sessions: {
    kind: 'side',
    words: 'kept MQTT sessions',
    without: 'MQTT clients that were absent subscribe again, and miss what was sent meanwhile.',
  },
  mqtt_queue: {
    kind: 'side',
    words: 'messages for absent MQTT clients',
    without: 'Absent MQTT clients miss messages that waited for them.',
  },
  mqtt_retained: {
    kind: 'side',
    words: 'retained MQTT messages',
    without: 'Retained messages come back when their clients send them again.',
  },
  mqtt_wills: {
    kind: 'side',
    words: 'wills of MQTT clients',
    without: 'Wills of clients that were connected at a crash are not published.',
  },
  imports: { kind: 'side', words: 'the record of imports', without: 'Files that were imported cannot be undone as one.' },
  import_values: {
    kind: 'side',
    words: 'what imports can be undone by',
    without: 'Files that were imported cannot be undone as one.',
  },
  changed_names: {
    kind: 'side',
    words: 'names that the index of names has to learn',
    without: 'What was renamed a moment ago may not be found by its new name.',
  },
  daemon: { kind: 'side', words: 'the daemon that has the database', without: 'Nothing comes of it.' },
}

export const wordsOf = (table: string): TableWords =>
  Object.hasOwn(tables, table)
    ? tables[table as keyof Schema]
    : { kind: 'side', words: isOfNameIndex(table) ? 'the index of names' : table }
