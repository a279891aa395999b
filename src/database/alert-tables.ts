/** The tables of alerts, and of what is sent because of them. */
import type { Generated } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { Flag } from './column-types.ts'

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
  /** The note that it wrote; people may have removed it since. */
  note_id: number | null
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
