/** Types of answers that the server's verbs and the client library share. Times are ISO 8601 UTC text unless a field says otherwise. */

/** A stretch of requests of a controller whose times were corrected; it lasts until the next one, or until its clock is right. */
export interface ClockCorrection {
  /** When it began, by the server's clock. */
  since: string
  /** What was added, in seconds: the time that was sent is the stored one less this. */
  seconds: number
}

/** Values of a controller that came lately and were not stored. */
export interface RefusedValues {
  count: number
  since_timestamp: string
  last_timestamp: string
  /** The first ten names, as their senders wrote them, with the latest reason. */
  names: { path: string; count: number; message: string; last_timestamp: string }[]
}

/** Status of a controller. */
export interface ControllerStatus {
  id: number
  path: string
  /** By WebSocket or MQTT. */
  connected: boolean
  /** Whether it has been silent longer than its watchdog or an alert allows; null when neither watches it. */
  silent: boolean | null
  /** Time of the last message of any kind, request or connection; null: never. */
  last_heard_timestamp: string | null
  last_connect_timestamp: string | null
  last_message_timestamp: string | null
  last_watchdog_timestamp: string | null
  watchdog_minutes: number | null
  client_version: string | null
  /** Address of the last message; null also for callers who may not change the controller. */
  address: string | null
  /** Seconds that the server adds to this controller's times because its clock is wrong; null when the clock is right. */
  clock_offset: number | null
  /** The latest stretches in which its times were corrected. */
  clock_corrections: ClockCorrection[]
  messages_received: number
  messages_sent: number
  /** null: there were none for a week; null also for callers who may not change the controller. */
  refused_values: RefusedValues | null
  /** The status that the controller reports. */
  status: Record<string, unknown>
}

/** What the server thinks of its clock. */
export interface ClockReport {
  /** What the clock shows. */
  clock: string
  /** By what things end and are removed because of their age: see docs/cli.md. */
  believed: string
  is_right: boolean
  /** What the clock skipped, as it was set forward or the server was off. */
  leaps: { from: string; until: string }[]
  /** Things that are old only because of such leaps, and are kept until an admin says that the clock is right. */
  waiting: { what: string; count: number; total: number; before: string }[]
}

/** A stretch of time in which the server's clock was wrong, as that clock showed it. */
export interface WrongClock {
  id: number
  start_timestamp: string
  end_timestamp: string
  /** Seconds that were then added to the clock; null: it was not set right while the server ran. */
  off_by: number | null
  /** `unknown`: the machine was turned off before the clock was set. */
  state: 'wrong now' | 'waits' | 'unknown' | 'shifted' | 'dismissed'
}

/** What became of the values that were stamped in such a stretch. */
export interface StretchShiftAnswer {
  id: number
  /** Seconds by which they were, or would be, moved. */
  off_by: number
  /** Those with values in it; `undo` moves them back. */
  sequences: { path: string; matching: number; moved: number; undo: string | null }[]
  failed: { path: string; reason: string }[]
}

/** What became of values that were to be moved in time. */
export interface ShiftAnswer {
  path: string
  /** How many were moved; 0 for a trial. */
  moved: number
  /** How many the range holds. */
  matching: number
  /** Seconds. */
  by: number
  /** The new times of the first and the last; null when there are none. */
  first_timestamp: string | null
  last_timestamp: string | null
  /** The command that moves them back; null when nothing was moved. */
  undo: string | null
}

/** What a sequence contains, and how much space it takes. */
export interface SequenceReport {
  id: number
  path: string
  /** `numeric`, `text` or `image`. */
  data_type: string
  units: string | null
  decimal_places: number | null
  values: number
  first_timestamp: string | null
  last_timestamp: string | null
  /** Values that are not packed into blocks yet; null for images, which never are. */
  unsealed: number | null
  /** null for images. */
  blocks: number | null
  /** Size of the blocks; for images, including their thumbnails. */
  bytes: number
  /** For the values in blocks; null when there are none. */
  bytes_per_value: number | null
  max_history: number
  /** Such as `90d`; null: for ever. */
  max_age: string | null
  /** Seconds. */
  min_storage_interval: number
}

/** The public part of an outgoing message. */
export interface NotificationRecord {
  id: number
  /** `email`, `text` or `webhook`. */
  kind: string
  /** `held`, `queued`, `sending`, `sent`, `failed` or `cancelled`. */
  state: string
  recipients: string[]
  subject: string
  /** Path of the controller; null if it belongs to none, or to one that was removed. */
  controller: string | null
  user_id: number | null
  attempts: number
  creation_timestamp: string
  next_attempt_timestamp: string | null
  sent_timestamp: string | null
  /**
   * By recipient: null if it was delivered, otherwise why it never will be. Recipients that are missing still wait, or the message was
   * held.
   */
  results: Record<string, string | null>
  error: string | null
}

/** What came of a test message. */
export interface SentTest {
  /** Of the message, for its record. */
  id: number
  recipient: string
  kind: string
  /** As in {@link NotificationRecord}: `sent` only if its server has taken it. */
  state: string
  /** Why it is held, was not sent yet, or never will be. */
  reason: string | null
}

/** An invitation that may still be accepted, as the organization's admins see it. */
export interface Invitation {
  id: number
  email_address: string
  is_admin: boolean
  inviter_id: number | null
  creation_timestamp: string
  expiry_timestamp: string
  /** State of its mail, as in {@link NotificationRecord}; null when the code was handed over by other means. */
  email: string | null
  email_error: string | null
}

/** A revision of a file, or an image of a sequence. */
export interface RevisionInfo {
  id: number
  timestamp: string
  size: number
  /** SHA-1, hex. */
  hash: string
}

/** When an alert would have been on. */
export interface AlertFiring {
  start_timestamp: string
  /** Null if it was still on at the end. */
  end_timestamp: string | null
  /** The newest value when it started. */
  value: number | string | null
  /** False if its start would not have been announced, because another one was announced shortly before. */
  told: boolean
}

/** The result of a rule tried on stored values. */
export interface AlertTrial {
  /** Number of values that were evaluated. */
  values: number
  /** How many times it would have been on. */
  count: number
  /** The first of these times. */
  firings: AlertFiring[]
}

/** What the holder of a code sees before they decide. */
export interface AccountRequestInfo {
  kind: 'invitation' | 'organization'
  email_address: string
  /** For an invitation. */
  organization: { path: string; full_name: string } | null
  /** For a request for a new organization. */
  organization_name: string | null
  /** Whether the address has an account; its password is then needed. */
  has_account: boolean
  expiry_timestamp: string
}

/** What users see of themselves, and system admins of all users. */
/** A user, for themselves and for admins. */
export interface UserInfo {
  id: number
  user_name: string | null
  email_address: string
  full_name: string
  role: number
  creation_timestamp: string
  deleted: boolean
}

/** `role` is 0 for most users, and 2 for system admins. */
export type WhoamiUser = Pick<UserInfo, 'id' | 'user_name' | 'email_address' | 'full_name' | 'role'>

/** Who the caller is to the server. */
export interface Whoami {
  kind: 'user' | 'controller' | 'anonymous'
  user?: WhoamiUser
  controller?: { id: number; path: string }
  organizations: { id: number; path: string; is_admin: boolean }[]
  /** Id of the request's key. */
  key_id: number | null
  server_version: string
}

/** A key, without its secret. */
/** The public part of a key; never the key or its hash. */
export interface KeyInfo {
  id: number
  organization_id: number
  access_as_user_id: number | null
  access_as_controller_id: number | null
  creation_user_id: number
  creation_timestamp: string
  revocation_user_id: number | null
  revocation_timestamp: string
  key_part: string
  /** Whether topics of its MQTT clients lie below the controller's folder. */
  mounted: boolean
  /** Path of the folder that a secret of webhooks is good for; null: it is a key. */
  ingest_folder: string | null
  /** '' when no use is known; of an open connection when it was opened. */
  last_use_timestamp: string
  /** The network address that it was last used from. */
  last_use_address: string
}

export interface KeySecret {
  id: number
  /** Shown this once. */
  secret_key: string
}

/** An organization, for its members. */
/** What members see of an organization. */
export interface OrganizationInfo {
  id: number
  name: string
  type: number
  path: string
  folder_name: string
  full_name: string
  /** An IANA name, such as America/Los_Angeles; '': none. */
  timezone: string
  /** Whether the calling user is one of its admins. */
  is_admin: boolean
}

/** A value of an import that was refused. */
export interface RefusedValue {
  /** The item's place in the request; the first is 0. */
  readonly index: number
  /** Empty where the row could not be read. */
  readonly path: string
  readonly message: string
  /** How a row begins that could not be read. */
  readonly text?: string
}

/** A value that was not stored, and is not going to be if it is sent again. */
export interface SkippedValue {
  /** As its sender named the sequence. */
  readonly path: string
  readonly message: string
}

/** What became of values that came together. Each counts in one of the fields. */
export interface ValuesAnswer {
  /** Values at new times. */
  readonly stored: number
  /** Values at times that were there already; the newer one counts. */
  readonly repeated: number
  /** Values older than the `max_age` of their sequence, which keeps them only until it is trimmed next. */
  readonly expired: number
  /** Values that only subscribers got: they came sooner than `min_storage_interval` after the newest. */
  readonly shown: number
  /** The first of those that went nowhere. */
  readonly skipped: readonly SkippedValue[]
  /** How many there are, where that is more than are named. */
  readonly skipped_count?: number
}

/** What came of changing a resource: of a sequence, what became of its value. */
export interface ChangeAnswer extends Partial<ValuesAnswer> {
  /** What does not do what its sender may expect of it, in sentences. */
  readonly warnings?: readonly string[]
}

/** What became of an import. */
export interface ImportAnswer {
  /** Values at new times. */
  readonly stored: number
  /** Values at times that were there already; the newer one counts. */
  readonly repeated: number
  /** As in {@link ValuesAnswer}, where there are any. */
  readonly expired?: number
  readonly refused: number
  /** The first refused ones. */
  readonly errors: readonly RefusedValue[]
  /** Which they are, in sentences. */
  readonly warnings?: readonly string[]
}

/** A record of the audit trail: who did what, to whom or what, from where. */
export interface AuditInfo {
  id: number
  timestamp: string
  /** When it last happened; the same as timestamp unless several of the same were gathered in one record. */
  last_timestamp: string
  /** How often. */
  count: number
  /** Such as `key.made`: see docs/accounts.md. */
  kind: string
  by: { kind: 'user' | 'controller' | 'server' | 'anonymous'; id: number | null; name: string }
  /** The key that they used; null: a session, or nothing. */
  key_id: number | null
  /** Network address; '' when there is none. */
  address: string
  organization_id: number | null
  subject: { kind: string; id: number | null; name: string }
  details: Record<string, string | number | boolean | null>
}

/** What an import did with the values of one sequence. */
export interface ImportedSequence {
  path: string
  /** Whether the import makes it. */
  is_new: boolean
  /** Header of its column in the file; empty where there is none. */
  column: string
  units: string | null
  /** Values at times that had none. For a trial: values that would be stored, replaced or repeated. */
  stored: number
  /** The same value was there already. */
  repeated: number
  /** Another value was there, and is gone. */
  replaced: number
  /** Cells without a value. */
  missing: number
  refused: number
  /** Older than the `max_age` of the sequence, so not kept. */
  expired: number
}

/** A column of a table that may hold values. */
export interface TableColumn {
  /** From 1. */
  number: number
  header: string
  /** Of its sequence, unless another is named. */
  name: string
  units: string | null
  /** False: left out. */
  is_taken: boolean
}

/** A row or a cell that was refused. */
export interface RefusedRow {
  /** In the file, from 1. */
  line: number
  /** As it stands there, cut after 200 characters. */
  text: string
  message: string
}

/** What became of a file that was imported, or would. */
export interface TableImportAnswer {
  /** Of the record, by which it can be undone; null for a trial, and when nothing new came. */
  import_id: number | null
  dry_run: boolean
  /** Name of the known format. */
  format: string | null
  /** How the file was read, in sentences. */
  read_as: string[]
  /** Zone of times without one; null: there were none. */
  time_zone: string | null
  /** Where that zone is from: `given`, `file` or `organization`. */
  time_zone_source: string | null
  rows: number
  first: { line: number; text: string; timestamp: string } | null
  last: { line: number; text: string; timestamp: string } | null
  /** Columns that values may be taken from, also such as are left out; none where rows name their series. */
  columns: TableColumn[]
  sequences: ImportedSequence[]
  /** Rows, and cells of rows, that were refused. */
  refused: number
  /** The first of them. */
  errors: RefusedRow[]
  /** Cells whose time another row had before: with the same value, or left out as the policy says. */
  duplicates: number
  /** What would stop the import; only a trial has some. */
  problems: string[]
  warnings: string[]
  /** The first rows: as many values as there are columns, null where one is missing. */
  sample: { line: number; timestamp: string; values: (number | string | null)[] }[]
}

/** An import that was recorded. */
export interface ImportRecord {
  id: number
  file_name: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: string
  /** When what it brought was removed again. */
  removal_timestamp: string | null
  /** Values that it brought to times without one, and between which times, in each sequence that is still there. */
  sequences: { path: string; values: number; first_timestamp: string; last_timestamp: string }[]
}

/** Why a note was made: by a person, by a device, or by the server for an alarm or an import. */
export type NoteSource = 'person' | 'device' | 'alarm' | 'import'

/** A note about a moment or a stretch of time. */
export interface NoteInfo {
  id: number
  /** Of the sequence, controller or folder that it is on. */
  path: string
  start_timestamp: string
  /** null: it is about a moment. */
  end_timestamp: string | null
  text: string
  tags: string[]
  source: NoteSource
  by: { kind: 'user' | 'controller' | 'server'; id: number | null; name: string }
  creation_timestamp: string
  /** When it was last changed; null: never. */
  modification_timestamp: string | null
}

/** Values of a sequence that are marked as bad. */
export interface MaskInfo {
  id: number
  path: string
  /** Of the first and the last that it covers; null: open. */
  start_timestamp: string | null
  end_timestamp: string | null
  /** The condition; null: all values of its time. */
  where: string | null
  note: string
  /** How many values it covered when it was made. */
  values: number
  /** Of how many stretches of time it consists. */
  stretches: number
  /** The first of them, beginning and end of each, where a range was asked for. */
  parts?: [string, string][]
  by: string
  creation_timestamp: string
}

/** A secret link, by which people without an account read. */
export interface LinkInfo {
  id: number
  /** What it is to. */
  path: string
  /** What it is for, as its maker wrote; '' for nothing. */
  note: string
  /** Of the page that it opens, such as `range=week`; '' for the page as it is. */
  query: string
  /** Paths of what it shows beside that: what a chart compares with, what a dashboard names. */
  also: string[]
  by: string
  creation_timestamp: string
  expiration_timestamp: string
  /** `works`, or why it doesn't. */
  state: 'works' | 'expired' | 'revoked' | 'off' | 'stopped'
  /** null: never. */
  last_use_timestamp: string | null
  /** How often it was opened. */
  uses: number
}

/** How the values of a sequence are read from a time on. */
export interface CalibrationInfo {
  id: number
  path: string
  start_timestamp: string
  scale: number
  offset: number
  /** Pairs of what the sensor said and what was right, in place of scale and offset. */
  points: [number, number][] | null
  note: string
  by: string
  creation_timestamp: string
}
