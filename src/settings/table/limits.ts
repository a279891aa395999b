/** What one request, connection or subscriber may take. */
import type { Setting } from './setting.ts'

export const limits = {
  MAX_BODY_SIZE: {
    group: 'Limits',
    kind: 'number',
    minimum: 1_000,
    maximum: 1_000_000_000,
    unit: 'bytes',
    default: 50_000_000,
    meaning: 'Largest request body other than an uploaded file.',
  },
  MAX_FILE_SIZE: {
    group: 'Limits',
    kind: 'number',
    minimum: 1_000,
    maximum: 1_099_511_627_776,
    unit: 'bytes',
    default: 1_073_741_824,
    meaning: 'Largest uploaded file.',
  },
  MAX_FRAME_SIZE: {
    group: 'Limits',
    kind: 'number',
    minimum: 1_000,
    maximum: 100_000_000,
    unit: 'bytes',
    default: 1_000_000,
    meaning: 'Largest WebSocket message or MQTT packet.',
  },
  MAX_NEW_SEQUENCES: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 1_000_000,
    unit: 'an hour',
    default: 500,
    meaning: 'Most sequences that values for unknown names make in one folder with create_sequences on.',
  },
  MAX_CONNECTIONS: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 100_000,
    default: 5_000,
    meaning:
      'Most WebSocket connections at a time, most MQTT connections, and most HTTP connections of callers with a key or session; ' +
      'WebSockets without either at most half as many.',
  },
  MAX_SUBSCRIPTIONS: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 100_000,
    default: 1_000,
    meaning: 'Most subscriptions of one connection.',
  },
  MAX_MESSAGE_RATE: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 10_000_000,
    unit: 'messages a second',
    default: 20_000,
    meaning: 'Most messages of one WebSocket or MQTT connection, as a mean over ten seconds.',
  },
  MAX_OUTBOX_SIZE: {
    group: 'Limits',
    kind: 'number',
    minimum: 10_000,
    maximum: 1_000_000_000,
    unit: 'bytes',
    default: 4_000_000,
    meaning:
      'Most that waits for one slow subscriber. Beyond it only the newest value of each sequence is kept, and staying over it ' +
      'ends the connection.',
  },
  PING_INTERVAL: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 3_600,
    unit: 'seconds',
    default: 30,
    meaning: 'Between pings of WebSocket connections; one that answers none for two intervals is ended.',
  },
  SHUTDOWN_TIMEOUT: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 600,
    unit: 'seconds',
    default: 10,
    meaning: 'How long stopping waits for requests under way.',
  },
} as const satisfies Record<string, Setting>
