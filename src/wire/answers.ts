/** Shapes of answers that the server's verbs and the client library share. Times are ISO 8601 UTC text unless a field says otherwise. */

/** How a controller is. */
export interface ControllerStatus {
  id: number
  path: string
  /** By WebSocket or MQTT. */
  connected: boolean
  /** Longer silent than its watchdog or an alert allows; null when nothing watches it. */
  silent: boolean | null
  /** The last message of any kind, request or connection; null: never. */
  last_heard_timestamp: string | null
  last_connect_timestamp: string | null
  last_message_timestamp: string | null
  last_watchdog_timestamp: string | null
  watchdog_minutes: number | null
  client_version: string | null
  /** Where it was last heard from; null also for those who may not change the controller. */
  address: string | null
  /** Seconds that the server adds to the times it sends, because its clock is wrong; null when it is right. */
  clock_offset: number | null
  messages_received: number
  messages_sent: number
  /** What the controller reports. */
  status: Record<string, unknown>
}

/** What a sequence holds and takes up. */
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
  /** Values that wait to be packed into blocks; null for images, which are not. */
  unsealed: number | null
  /** null for images. */
  blocks: number | null
  /** Of the blocks; of images with their thumbnails. */
  bytes: number
  /** Of the values in blocks; null when there are none. */
  bytes_per_value: number | null
  max_history: number
  /** Such as `90d`; null: for ever. */
  max_age: string | null
  /** Seconds. */
  min_storage_interval: number
}

/** What is shown of an outgoing message. */
export interface NotificationRecord {
  id: number
  /** `email`, `text` or `webhook`. */
  kind: string
  /** `held`, `queued`, `sending`, `sent`, `failed` or `cancelled`. */
  state: string
  recipients: string[]
  subject: string
  /** null: of none, or of one that is gone. */
  controller: string | null
  user_id: number | null
  attempts: number
  creation_timestamp: string
  next_attempt_timestamp: string | null
  sent_timestamp: string | null
  /** By recipient: null for one who has it, else why they never will; who is not in it waits, or the message was held. */
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
  /** State of its mail, as of {@link NotificationRecord}; null when the code was handed over otherwise. */
  email: string | null
  email_error: string | null
}
