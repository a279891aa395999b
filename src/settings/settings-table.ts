/**
 * All settings: name in the settings file and the environment, allowed values, default and meaning. The sample file, the error messages and
 * the loader are all based on this table. Source of the old names: protocol, section 8.
 */

type Kind =
  | { kind: 'text'; pattern?: RegExp; allowed?: string }
  | { kind: 'secret'; minimum?: number }
  | { kind: 'flag' }
  | { kind: 'number'; minimum: number; maximum: number; unit?: string }
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'list' }
  /** A list of IP addresses and networks. */
  | { kind: 'networks' }
  /** An old name that has no effect here: accepted, and reported in the log. */
  | { kind: 'ignored' }

export type Setting = Kind & {
  group: string
  /** undefined: it has no default; its meaning explains what that does. */
  default?: string | number | boolean | readonly unknown[]
  meaning: string
  example?: string
  /** `rhizo init-db` generates it; it must be set, unless optional. */
  generated?: true | 'optional'
}

const ignored = {
  kind: 'ignored',
  group: 'Names of old that mean nothing here',
  meaning: 'Accepted and ignored, with a line in the log.',
} as const
/** Accepted, so that settings of old servers are; the part that reads it comes with a later release. */
const notYet = ' (accepted; this release does not use it yet)'

export const settingsTable = {
  LISTEN_ADDRESS: {
    group: 'Serving',
    kind: 'text',
    default: '127.0.0.1',
    meaning:
      'The address to listen on. 127.0.0.1 is reached from this machine only; 0.0.0.0 from the whole network: put a reverse ' +
      'proxy with TLS in front then.',
    example: '0.0.0.0',
  },
  PORT: {
    group: 'Serving',
    kind: 'number',
    minimum: 0,
    maximum: 65535,
    default: 5000,
    meaning: 'The TCP port for HTTP and WebSocket; 0 takes any free one.',
  },
  SYSTEM_NAME: {
    group: 'Serving',
    kind: 'text',
    default: 'rhizo',
    meaning: 'What people see this server called.',
    example: 'Greenhouse 3',
  },
  PRODUCTION: {
    group: 'Serving',
    kind: 'flag',
    default: false,
    meaning:
      'True on a server in use: only then does mail, a text message or a webhook leave the machine; otherwise it is recorded as held.',
  },
  PUBLIC_URL: {
    group: 'Serving',
    kind: 'text',
    pattern: /^https?:\/\/[^\s/?#]+(?:\/[^\s?#]*)?$/,
    allowed: 'an http or https URL',
    meaning: 'Where people reach this server, for links in mails.',
    example: 'https://lab.example.com',
  },
  DEBUG: { group: 'Serving', kind: 'flag', default: false, meaning: 'True logs more, down to each request.' },
  DEBUG_MESSAGING: {
    group: 'Serving',
    kind: 'flag',
    default: false,
    meaning: 'True logs each message that goes through the hub (its folder and type, not its content).',
  },
  SSL: {
    group: 'Serving',
    kind: 'flag',
    default: false,
    meaning: 'True when people reach this server by https (through a proxy): cookies are then marked Secure.',
  },
  FORCE_SSL: {
    group: 'Serving',
    kind: 'flag',
    default: false,
    meaning: 'True sends plain http requests that came through a proxy (X-Forwarded-Proto: http) to https.',
  },
  TRUSTED_PROXIES: {
    group: 'Serving',
    kind: 'networks',
    default: [],
    meaning: 'Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto headers are believed.',
    example: '[127.0.0.1, 10.8.0.0/16]',
  },

  DATABASE_URI: {
    group: 'Storage',
    kind: 'text',
    pattern: /^sqlite:\/\/\/./,
    allowed: 'sqlite:///FILE, relative to the settings file, or sqlite:////ABSOLUTE/FILE',
    default: 'sqlite:///rhizo.db',
    meaning: 'The database. SQLALCHEMY_DATABASE_URI is its old name.',
  },
  DURABILITY: {
    group: 'Storage',
    kind: 'choice',
    choices: ['full', 'normal'],
    default: 'full',
    meaning:
      'full: what was acknowledged survives a power cut. normal: fewer disk syncs, but a power cut may take the newest commits ' +
      'with it (never the database).',
  },
  FILE_SYSTEM_STORAGE_PATH: {
    group: 'Storage',
    kind: 'text',
    default: 'storage',
    meaning: 'The folder for large files, relative to the settings file.',
  },
  STORAGE_THRESHOLD: {
    group: 'Storage',
    kind: 'number',
    minimum: 0,
    maximum: 10_000_000,
    unit: 'bytes',
    default: 65_536,
    meaning: 'Revisions larger than this go to the storage folder, smaller ones into the database.',
  },
  PURGE_DELETED_AFTER: {
    group: 'Storage',
    kind: 'number',
    minimum: 0,
    maximum: 36_500,
    unit: 'days',
    default: 30,
    meaning: 'What was deleted can be brought back for so long; then it is removed for good, and its space given back to the disk.',
  },
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
  MAX_CONNECTIONS: {
    group: 'Limits',
    kind: 'number',
    minimum: 1,
    maximum: 100_000,
    default: 5_000,
    meaning: 'Most WebSocket connections at a time, and most MQTT connections; WebSockets without a key or session at most half as many.',
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

  SESSION_LIFETIME: {
    group: 'People',
    kind: 'number',
    minimum: 60,
    maximum: 31_536_000,
    unit: 'seconds',
    default: 2_592_000,
    meaning: 'How long a signed-in browser stays signed in without being used.',
  },
  ORGANIZATION_SIGN_UP: {
    group: 'People',
    kind: 'flag',
    default: false,
    meaning: 'True lets anybody make an organization of their own here, after an e-mail with a code has reached them.',
  },
  SIGN_IN_ATTEMPTS: {
    group: 'People',
    kind: 'number',
    minimum: 1,
    maximum: 1_000,
    unit: 'in 15 minutes',
    default: 10,
    meaning: 'Failed sign-ins for one account before it is throttled; ten times as many for one address.',
  },
  KEY_PREFIX: {
    group: 'People',
    kind: 'text',
    pattern: /^[A-Z0-9]{0,20}$/,
    allowed: 'up to 20 characters of A–Z and 0–9',
    default: 'RHIZO',
    meaning: 'What new secret keys begin with.',
  },

  WATCHDOG_COUNTS: {
    group: 'Watching',
    kind: 'choice',
    choices: ['watchdog', 'any'],
    default: 'watchdog',
    meaning:
      'What shows that a watched controller is alive. watchdog: its watchdog messages, as on old servers (of one that never ' +
      "sent any, all messages); any: whatever it sends. A controller's attribute watchdog_counts wins.",
  },

  SALT: {
    group: 'Secrets',
    kind: 'secret',
    minimum: 16,
    generated: true,
    meaning: 'Goes into the hashes of keys: losing it makes all keys worthless.',
  },
  SECRET_KEY: { group: 'Secrets', kind: 'secret', minimum: 16, generated: true, meaning: 'Signs CSRF tokens.' },
  MESSAGE_TOKEN_SALT: {
    group: 'Secrets',
    kind: 'secret',
    minimum: 16,
    generated: true,
    meaning: `Signs tokens for other servers to send messages with${notYet}.`,
  },

  DOC_FILE_PREFIX: { group: 'Pages', kind: 'text', default: '', meaning: `What names of documentation files begin with${notYet}.` },
  EXTRA_NAV_ITEMS: {
    group: 'Pages',
    kind: 'list',
    default: [],
    meaning:
      'More entries for the navigation of the web site: a list of objects with the name that people see and a url, which ' +
      'begins with / or http.',
    example: '[{name: Handbook, url: /lab/handbook.md}]',
  },
  EXTENSIONS: { group: 'Extensions', kind: 'list', default: [], meaning: `Names of extensions to load${notYet}.` },
  AUTOLOAD_EXTENSIONS: { group: 'Extensions', kind: 'flag', default: false, meaning: `True loads all extensions found${notYet}.` },

  MQTT_TCP_PORT: {
    group: 'MQTT',
    kind: 'number',
    minimum: 0,
    maximum: 65535,
    meaning:
      'The port for MQTT over TCP at LISTEN_ADDRESS; 0 for none. Unset it is 1883, if that is free. By WebSocket MQTT is at /mqtt on PORT.',
    example: '1883',
  },
  MQTT_TLS_CERTIFICATE: {
    group: 'MQTT',
    kind: 'text',
    meaning:
      'A file with a certificate (and its chain) in PEM, relative to the settings file: with it and MQTT_TLS_KEY there is MQTT ' +
      'with TLS. Read again on SIGHUP.',
    example: 'mqtt.crt',
  },
  MQTT_TLS_KEY: {
    group: 'MQTT',
    kind: 'text',
    meaning: 'The file with the private key of MQTT_TLS_CERTIFICATE, in PEM.',
    example: 'mqtt.key',
  },
  MQTT_TLS_PORT: {
    group: 'MQTT',
    kind: 'number',
    minimum: 0,
    maximum: 65535,
    default: 8883,
    meaning: 'The port for MQTT with TLS, when there is a certificate; 0 for none.',
  },
  MQTT_REFUSED: {
    group: 'MQTT',
    kind: 'choice',
    choices: ['close', 'acknowledge'],
    default: 'close',
    meaning:
      'What becomes of a message of QoS 1 or 2 that is malformed or not allowed; MQTT 3.1.1 has no answer for it. close: the ' +
      'connection ends, so whatever is acknowledged was stored. acknowledge: it is dropped and acknowledged, as Mosquitto ' +
      'does, for clients that would send it again for ever. Either way the log says why.',
  },
  MQTT_VALUES_ON_SUBSCRIBE: {
    group: 'MQTT',
    kind: 'choice',
    choices: ['sequences', 'folders', 'none'],
    default: 'sequences',
    meaning:
      'Whether a new subscriber gets the newest value of each sequence at once, as a retained message. sequences: on the ' +
      'topics of sequences. folders: on those of folders too, as "d,NAME,TIMESTAMP,VALUE". none: only values that come.',
  },
  MQTT_CONNECT_RATE: {
    group: 'MQTT',
    kind: 'number',
    minimum: 1,
    maximum: 1_000_000,
    unit: 'a minute',
    default: 600,
    meaning: 'Most MQTT connections from one address.',
  },
  MQTT_MAX_QUEUED: {
    group: 'MQTT',
    kind: 'number',
    minimum: 1,
    maximum: 1_000_000,
    default: 1_000,
    meaning: 'Most messages of QoS 1 and 2 that wait for one client; older ones go first. MAX_OUTBOX_SIZE bounds their bytes.',
  },
  MQTT_MAX_RETAINED: {
    group: 'MQTT',
    kind: 'number',
    minimum: 0,
    maximum: 1_000_000,
    default: 10_000,
    meaning: 'Most retained messages. Values of sequences need none.',
  },
  MQTT_MAX_RETAINED_SIZE: {
    group: 'MQTT',
    kind: 'number',
    minimum: 0,
    maximum: 1_000_000_000,
    unit: 'bytes',
    default: 10_000_000,
    meaning: 'Most that all retained messages may have together.',
  },
  MQTT_MAX_VALUES_ON_SUBSCRIBE: {
    group: 'MQTT',
    kind: 'number',
    minimum: 0,
    maximum: 1_000_000,
    default: 10_000,
    meaning:
      'Most retained messages and newest values that one subscription brings at once; what more there is comes with the next ' +
      'value of each.',
  },
  MQTT_MAX_SESSIONS: {
    group: 'MQTT',
    kind: 'number',
    minimum: 1,
    maximum: 10_000,
    default: 20,
    meaning: 'Most sessions that are kept for one controller or user (clean=false); past it the one that was unused for the longest goes.',
  },
  MQTT_SESSION_LIFETIME: {
    group: 'MQTT',
    kind: 'number',
    minimum: 60,
    maximum: 31_536_000,
    unit: 'seconds',
    default: 604_800,
    meaning: 'How long the session of a client that asked for that (clean=false) is kept while it is away.',
  },
  MQTT_EMBEDDED: {
    group: 'MQTT',
    kind: 'flag',
    default: true,
    meaning: 'False serves no MQTT here, neither by TCP nor by WebSocket: clients use the external broker alone (MQTT_HOST).',
  },
  MQTT_HOST: {
    group: 'MQTT',
    kind: 'text',
    meaning:
      'An external MQTT broker, which must speak MQTT 5. The server connects to it as a client: it stores what comes from ' +
      'there on topics of organizations, and publishes there what comes otherwise. Who may publish there is for that broker to ' +
      'decide.',
    example: 'broker.local',
  },
  MQTT_PORT: {
    group: 'MQTT',
    kind: 'number',
    minimum: 1,
    maximum: 65535,
    meaning: 'The port of the external broker. Unset it is 1883, or 8883 with MQTT_TLS.',
    example: '1883',
  },
  MQTT_TLS: { group: 'MQTT', kind: 'flag', default: false, meaning: 'True when the external broker speaks TLS.' },
  MQTT_CA_FILE: {
    group: 'MQTT',
    kind: 'text',
    meaning:
      "The certificate (PEM) of the authority that signed the external broker's, where that is none of the well-known ones; " +
      'relative to the settings file.',
  },
  MQTT_VERIFY: {
    group: 'MQTT',
    kind: 'flag',
    default: true,
    meaning: 'False takes any certificate of the external broker, so anybody between could read and change what passes: for a trial only.',
  },
  MQTT_USER_NAME: { group: 'MQTT', kind: 'text', meaning: 'The user at the external broker; without it there is no login.' },
  MQTT_PASSWORD: { group: 'MQTT', kind: 'secret', meaning: 'The password at the external broker.' },
  MQTT_CLIENT_ID: {
    group: 'MQTT',
    kind: 'text',
    pattern: /^[\w.:-]{1,128}$/,
    allowed: 'up to 128 letters, digits and _ . : -',
    meaning:
      'What the server calls itself at the external broker, which keeps messages for that name while the server is away. Unset ' +
      'it is "rhizo-" and something of its own.',
  },
  MQTT_ACTS_AS: {
    group: 'MQTT',
    kind: 'text',
    meaning:
      'The e-mail address or name of the user on whose behalf messages go to the external broker and come from it; needed with ' +
      'MQTT_HOST. What that user may read goes there. What comes from there is stored where that user may write; on topics of ' +
      'a controller that they may change, it counts as sent by the controller.',
    example: 'mqtt@example.com',
  },
  MESSAGING_LOG_PATH: { group: 'MQTT', kind: 'text', meaning: `A file for the log of messaging${notYet}.`, example: 'messaging.log' },

  OUTGOING_EMAIL_ADDRESS: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    pattern: /^[^\s@]+@[^\s@]+$/,
    allowed: 'an e-mail address',
    meaning: 'The sender of mail.',
    example: 'lab@example.com',
  },
  OUTGOING_EMAIL_SERVER: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning: 'The SMTP server. Without it, and the sender, no mail is sent.',
    example: 'smtp.example.com',
  },
  OUTGOING_EMAIL_PORT: {
    group: 'Mail, texts and webhooks',
    kind: 'number',
    minimum: 1,
    maximum: 65535,
    default: 587,
    meaning: 'The port of the SMTP server: 587 as a rule, 465 for OUTGOING_EMAIL_SECURITY tls.',
  },
  OUTGOING_EMAIL_SECURITY: {
    group: 'Mail, texts and webhooks',
    kind: 'choice',
    choices: ['starttls', 'tls', 'plain'],
    default: 'starttls',
    meaning:
      'starttls: encrypts before anything else, or does not send; tls: encrypted from the first byte; plain: for a server on ' +
      'this machine or in a trusted network.',
  },
  OUTGOING_EMAIL_CA_FILE: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning:
      "The certificate (PEM) of the authority that signed the SMTP server's, where that is none of the well-known ones; " +
      'relative to the settings file.',
  },
  OUTGOING_EMAIL_USER_NAME: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning: 'The user at the SMTP server; without it there is no login.',
  },
  OUTGOING_EMAIL_PASSWORD: { group: 'Mail, texts and webhooks', kind: 'secret', meaning: 'The password at the SMTP server.' },
  TEXT_FROM_PHONE_NUMBER: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    meaning: 'The sender of text messages, a number of the Twilio account.',
    example: "'+15551234567'",
  },
  TWILIO_ACCOUNT_SID: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    pattern: /^[A-Za-z0-9]+$/,
    allowed: 'letters and digits',
    meaning: 'The Twilio account that sends text messages. Without it, its token and the sender, none are sent.',
  },
  TWILIO_AUTH_TOKEN: { group: 'Mail, texts and webhooks', kind: 'secret', meaning: 'The Twilio token.' },
  TWILIO_API_URL: {
    group: 'Mail, texts and webhooks',
    kind: 'text',
    pattern: /^https?:\/\/\S+$/,
    allowed: 'an http or https URL',
    default: 'https://api.twilio.com',
    meaning: 'Where the Twilio API is.',
  },
  WEBHOOK_SECRET: {
    group: 'Mail, texts and webhooks',
    kind: 'secret',
    minimum: 16,
    generated: 'optional',
    meaning: 'Signs webhooks, so that their receivers know them to be from here (docs/api.md). Without it they are sent unsigned.',
  },
  WEBHOOK_HOSTS: {
    group: 'Mail, texts and webhooks',
    kind: 'list',
    default: [],
    meaning: 'The only hosts (host, or host:port) that webhooks may go to; empty: any, those of the own network too.',
    example: '[hooks.example.com, "homeassistant.local:8123"]',
  },
  NOTIFICATION_RETENTION: {
    group: 'Mail, texts and webhooks',
    kind: 'number',
    minimum: 1,
    maximum: 36_500,
    unit: 'days',
    default: 90,
    meaning: 'How long the record of a mail, text or webhook that was sent, failed or held is kept.',
  },

  S3_STORAGE_BUCKET: { group: 'S3', kind: 'text', meaning: `A bucket for large files, for labs that outgrew one machine${notYet}.` },
  S3_ACCESS_KEY: { group: 'S3', kind: 'text', meaning: `The access key of the bucket${notYet}.` },
  S3_SECRET_KEY: { group: 'S3', kind: 'secret', meaning: `The secret key of the bucket${notYet}.` },

  CSRF_ENABLED: ignored,
  CSRF_SESSION_KEY: ignored,
  DATABASE_CONNECT_OPTIONS: ignored,
  DISCLAIMER: ignored,
  ENABLE_OLD_MESSAGING: ignored,
  SQLALCHEMY_TRACK_MODIFICATIONS: ignored,
  THREADS_PER_PAGE: ignored,
  USE_SYSTEM_CSS: ignored,
} as const satisfies Record<string, Setting>

export type SettingName = keyof typeof settingsTable

/** Old name → current name. */
export const renamedSettings: Readonly<Record<string, SettingName>> = { SQLALCHEMY_DATABASE_URI: 'DATABASE_URI' }

type ValueOf<S> = S extends { kind: 'number' }
  ? number
  : S extends { kind: 'flag' }
    ? boolean
    : S extends { kind: 'list' }
      ? readonly unknown[]
      : S extends { kind: 'networks' }
        ? readonly string[]
        : S extends { kind: 'choice'; choices: readonly (infer C)[] }
          ? C
          : string
type Optional<S> = S extends { kind: 'ignored' } ? never : S extends { default: unknown } | { generated: true } ? never : S
type Present<S> = S extends { default: unknown } | { generated: true } ? S : never

type Table = typeof settingsTable
/** The settings in force, by their names in the file. */
export type SettingValues = {
  readonly [N in SettingName as Present<Table[N]> extends never ? never : N]: ValueOf<Table[N]>
} & {
  readonly [N in SettingName as Optional<Table[N]> extends never ? never : N]?: ValueOf<Table[N]>
}
