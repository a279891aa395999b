/** Types of answers that the server's verbs and the client library share. Times are ISO 8601 UTC text unless a field says otherwise. */

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
  messages_received: number
  messages_sent: number
  /** The status that the controller reports. */
  status: Record<string, unknown>
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
