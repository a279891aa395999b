/** Types of answers that the server's verbs and the client library share. Times are ISO 8601 UTC text unless a field says otherwise. */

export type * from './people-answers.ts'
export type * from './value-answers.ts'

/** A stretch of requests of a controller whose times were corrected; it lasts until the next one, or until its clock is right. */
export interface ClockCorrection {
  /** When it began, by the server's clock. */
  since: string
  /** What was added, in seconds: the time that was sent is the stored one less this. */
  seconds: number
}

/** A correction of a controller's times, with the values that were stored by it. */
export interface TimeCorrection {
  /** When it began, by the server's clock: its name. */
  since_timestamp: string
  /** What was added: the time that was sent is the stored one less this. */
  seconds: number
  /** First and last are times as stored; not null when the values were moved back to the times that they were sent with. */
  sequences: { path: string; first_timestamp: string; last_timestamp: string; undone_timestamp: string | null }[]
}

/** What became of the values of a correction that was undone. */
export interface CorrectionUndoAnswer {
  since_timestamp: string
  seconds: number
  /** `undo` moves them to the corrected times again. */
  sequences: { path: string; matching: number; moved: number; undo: string | null }[]
  failed: { path: string; reason: string }[]
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
  /** Units of the sequence's values; null: it has none. */
  units: string | null
  /** How many times it would have been on. */
  count: number
  /** The first of these times. */
  firings: AlertFiring[]
}
