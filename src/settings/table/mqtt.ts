/** MQTT: the broker inside, and an external one. */
import type { Setting } from './setting.ts'

export const mqtt = {
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
      'with TLS. Unset it is TLS_CERTIFICATE. Read again within 10 seconds when it changes.',
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
    default: 'acknowledge',
    meaning:
      'What becomes of a message of QoS 1 or 2 that its sender may not publish; MQTT 3.1.1 has no answer for it. acknowledge: it ' +
      'is dropped and acknowledged, as Mosquitto does, so that it stops nothing behind it. close: the connection ends, and most ' +
      'clients send it again. What is malformed, does not fit, or is for what is not there is always acknowledged. Either way ' +
      'the logs say why.',
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
  HOME_ASSISTANT_DISCOVERY: {
    group: 'MQTT',
    kind: 'flag',
    default: false,
    meaning:
      "True announces controllers and sequences to Home Assistant's MQTT integration, below the topic homeassistant: to each key what it " +
      'may read.',
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
} as const satisfies Record<string, Setting>
