/** Alert rules as they are stored and go over the wire. */

export const ALERT_KINDS = ['above', 'below', 'outside', 'unchanged', 'silent'] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** A rule as it is stored and sent. */
export interface AlertFields {
  /** Unique among the rules of a resource. */
  name: string
  kind: AlertKind
  /** The limit of `above` and `below`. */
  value?: number
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
}

/** An alert rule with its state, as the API answers it. */
export interface AlertInfo extends Omit<AlertFields, 'recipients'> {
  /** Path of the sequence or controller. */
  path: string
  /** The condition in words: `above 8 for 5m`. */
  condition: string
  active: boolean
  /** When it last started and ended. */
  start_timestamp: string | null
  end_timestamp: string | null
  /** Null for callers who may not change it. */
  recipients: string[] | null
}
