/** Where and how the server is reached. */
import type { Setting } from './setting.ts'

export const serving = {
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
  MDNS_NAME: {
    group: 'Serving',
    kind: 'text',
    pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i,
    allowed: 'a name of letters, digits and hyphens, without ".local"',
    meaning:
      'With it, this machine is found in its own network as that name and .local (multicast DNS), unless another one has the name. Not ' +
      'needed where avahi-daemon runs, which does the same for the name of the machine.',
    example: 'rhizo',
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
  TLS_CERTIFICATE: {
    group: 'Serving',
    kind: 'text',
    meaning:
      'A file with a certificate (and its chain) in PEM, relative to the settings file: with it and TLS_KEY the server speaks https on ' +
      'PORT, and nothing else, and MQTT with TLS too (MQTT_TLS_PORT). Read again within 10 seconds when it changes. "rhizo cert self" ' +
      'makes one for a lab network.',
    example: '/etc/letsencrypt/live/lab.example.com/fullchain.pem',
  },
  TLS_KEY: {
    group: 'Serving',
    kind: 'text',
    meaning: 'The file with the private key of TLS_CERTIFICATE, in PEM.',
    example: '/etc/letsencrypt/live/lab.example.com/privkey.pem',
  },
  SSL: {
    group: 'Serving',
    kind: 'flag',
    default: false,
    meaning:
      'True when people reach this server by https through a proxy; with TLS_CERTIFICATE it is true. ' +
      'Cookies are then marked Secure, and browsers told to stay with ' +
      'https (HSTS, which an https PUBLIC_URL does too).',
  },
  FORCE_SSL: {
    group: 'Serving',
    kind: 'flag',
    default: false,
    meaning:
      'True sends plain http requests that came through a proxy (X-Forwarded-Proto: http) to https: to PUBLIC_URL, which has to be set ' +
      "for any name that is not this machine's own.",
  },
  METRICS: {
    group: 'Serving',
    kind: 'choice',
    choices: ['open', 'key', 'off'],
    meaning:
      'Who may read /metrics. open: everybody; they name no resources, but say how many controllers are silent and how busy the server ' +
      'is. key: who sends METRICS_KEY, and system admins. off: no one. Unset it is key when there is METRICS_KEY, and open otherwise.',
    example: 'key',
  },
  METRICS_KEY: {
    group: 'Serving',
    kind: 'secret',
    minimum: 16,
    meaning: 'What Prometheus has to send for /metrics (Authorization: Bearer KEY; "authorization: credentials" in its settings).',
  },
  TRUSTED_PROXIES: {
    group: 'Serving',
    kind: 'networks',
    default: [],
    meaning: 'Addresses or networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto headers are believed.',
    example: '[127.0.0.1, 10.8.0.0/16]',
  },
  CORS_ORIGINS: {
    group: 'Serving',
    kind: 'list',
    default: [],
    meaning:
      'Origins of pages elsewhere that may use the API from a browser, with a key; "*": any. Cookies are never taken from them, and ' +
      'without this setting browsers keep answers from them.',
    example: '[https://dash.example.com]',
  },
} as const satisfies Record<string, Setting>
