/** Alert rules as they are stored and go over the wire. */

export const ALERT_KINDS = ['above', 'below', 'outside', 'rising', 'falling', 'unchanged', 'silent'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** A rule as it is stored and sent. */
export interface AlertFields {
  /** Unique among the rules of a resource. */
  name: string
  kind: AlertKind
  /** Of a folder's rule: which sequences in it, by their path below it; `*` within a name, `**` for any number of levels. */
  pattern?: string
  /** The limit of `above` and `below`; of `rising` and `falling` by how much. */
  value?: number
  /** Of `rising` and `falling`: within how long. */
  within_seconds?: number
  /** Other limits at times, on the clock of the organization: `22:00-06:00 = -12`; the first that fits counts. */
  schedule?: string[]
  /** The allowed range of `outside`, both ends included. */
  low?: number
  high?: number
  /** How far back past the limit a value must come before it counts as fine again. */
  hysteresis?: number
  /** How long values must be beyond the limit without a break; for `unchanged` and `silent`, how long that may last. */
  for_seconds: number
  /** Minimum time between announcements of two starts. */
  quiet_seconds: number
  /** E-mail addresses, phone numbers, URLs. */
  recipients: string[]
  /** False: the rule is kept, but not evaluated. */
  enabled: boolean
  /** Who is told when nobody has said within so long that they take care of it. Both are there, or neither. */
  escalate_after_seconds?: number
  escalate_to?: string[]
  /** It writes a note when it comes on, over the stretch for which it is on. */
  note?: true
  /** The others who were told hear, once, that somebody takes care of it. */
  tell_acknowledgement?: true
}

/** An alert rule with its state, as the API answers it. */
export interface AlertInfo extends Omit<AlertFields, 'recipients' | 'escalate_to'> {
  /** Path of the sequence or controller; of the folder for the rule of a folder itself. */
  path: string
  /** The folder whose rule it is, unless it is its own. */
  folder?: string
  /** Of a folder's rule: how many sequences it is followed on. */
  covers?: number
  /** The condition in words: `above 8 for 5m`. */
  condition: string
  /** Of the sequence's values, in which limits are; null: none are known. */
  units: string | null
  active: boolean
  /** When it last started and ended. */
  start_timestamp: string | null
  end_timestamp: string | null
  /** Null for callers who may not change it. */
  recipients: string[] | null
  escalate_to?: string[] | null
  /** Why it tells nobody of its beginning for now; null: it does. */
  muted: AlertMuteInfo | null
  /** Who takes care of it, while it is on. */
  acknowledged: AlertAcknowledgement | null
  /** What people were told since it has been on. */
  told: AlertToldInfo[]
}

export interface AlertAcknowledgement {
  timestamp: string
  /** Null for callers who may not change the alert. */
  by: string | null
  note: string
}

/** A mute of the alerts of a resource and of all that is in it. */
export interface AlertMuteInfo {
  path: string
  /** Only the rule of this name; null: all. */
  name: string | null
  until_timestamp: string
  creation_timestamp: string
  /** Null for callers who may not change what is muted. */
  by: string | null
  reason: string
}

/** What people were told of an alert. */
export interface AlertToldInfo {
  what: 'start' | 'end' | 'escalation'
  timestamp: string
  /** Null for callers who may not change the alert. */
  recipients: string[] | null
  count: number
  /** What became of the messages: `queued`, `held`, `sent`, `failed`, …; `unknown` when their record is gone. */
  states: string[]
}

/** One time that an alert was on. */
export interface AlertHistoryInfo {
  id: number
  path: string
  /** The rule's name, and its condition in words, as it was then. */
  name: string
  condition: string
  /** Of the sequence's values; null: none are known. */
  units: string | null
  start_timestamp: string
  /** Null while it is on. */
  end_timestamp: string | null
  /** Of the values for which the condition held. */
  lowest: number | null
  highest: number | null
  told: AlertToldInfo[]
  /** Who said that they take care of it; null: nobody. */
  acknowledged: AlertAcknowledgement | null
}
