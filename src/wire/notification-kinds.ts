/** The kinds of messages that leave the server, and what can have become of one. */

export const NOTIFICATION_KINDS = [
  'email',
  'text',
  'webhook',
  'ntfy',
  'telegram',
  'slack',
  'teams',
  'pushover',
  'push',
  'extension',
] as const
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number]

export const NOTIFICATION_STATES = ['held', 'queued', 'sending', 'sent', 'failed', 'cancelled'] as const
export type NotificationState = (typeof NOTIFICATION_STATES)[number]
export type EndState = Exclude<NotificationState, 'queued' | 'sending'>
