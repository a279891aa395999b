/** What the settings say of the external broker. */
import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import type { IClientOptions } from 'mqtt'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { readBytesNow, reasonOf } from '../../src/base/regular-files.ts'
import type { Settings } from '../../src/settings/settings.ts'

/** Messages that the broker may send before the first of them is acknowledged, if its own limit allows so many. */
export const RECEIVE_MAXIMUM = 1_000
const CONNECT_TIMEOUT_MS = 15_000
const KEEP_ALIVE_S = 30

export interface BridgeOptions {
  /** For the log: host and port. */
  readonly broker: string
  /** Whom it acts for. */
  readonly user: string
  readonly client: IClientOptions
}

/** @returns undefined when there is no external broker @throws Fault invalid when the settings don't go together */
export function readBridgeOptions(settings: Settings): BridgeOptions | undefined {
  const {
    MQTT_HOST: host,
    MQTT_TLS: isTls,
    MQTT_EMBEDDED,
    MQTT_ACTS_AS: user,
    MQTT_USER_NAME: username,
    MQTT_PASSWORD: password,
  } = settings
  if (host === undefined) {
    if (!MQTT_EMBEDDED)
      throw invalid(
        'The setting MQTT_EMBEDDED is false and MQTT_HOST is not set: there would be no MQTT at all. Set MQTT_HOST to the ' +
          'external broker, or leave MQTT_EMBEDDED out.',
      )
    return undefined
  }
  if (/[\s/]/.test(host))
    throw invalid(
      `The setting MQTT_HOST is ${quote(host)}; allowed: a host name or address alone. The port is MQTT_PORT, and MQTT_TLS: ` +
        'true is for TLS.',
    )
  if (user === undefined) {
    throw invalid(
      'The setting MQTT_ACTS_AS is missing: with MQTT_HOST it names the user on whose behalf messages are exchanged with the ' +
        "external broker. Make one for that purpose, with the permissions that the broker's clients are to have.",
    )
  }
  if (password !== undefined && username === undefined)
    throw invalid('The setting MQTT_PASSWORD is there without MQTT_USER_NAME: set both, or none.')
  const port = settings.MQTT_PORT ?? (isTls ? 8883 : 1883)
  return {
    broker: `${host}:${port}`,
    user,
    client: {
      host,
      port,
      protocol: isTls ? 'mqtts' : 'mqtt',
      ...(isTls ? { rejectUnauthorized: settings.MQTT_VERIFY, ...readAuthority(settings) } : {}),
      // Its option "no local" is what keeps the broker from sending back to us what we sent.
      protocolVersion: 5,
      clientId:
        settings.MQTT_CLIENT_ID ?? `rhizo-${createHash('sha256').update(`${settings.SALT} MQTT client`).digest('hex').slice(0, 16)}`,
      // The broker keeps what comes while we are away.
      clean: false,
      properties: {
        sessionExpiryInterval: settings.MQTT_SESSION_LIFETIME,
        receiveMaximum: RECEIVE_MAXIMUM,
        maximumPacketSize: settings.MAX_FRAME_SIZE,
      },
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      keepalive: KEEP_ALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectOnConnackError: true,
      // What there is to subscribe to changes: it is said anew with each connection.
      resubscribe: false,
    },
  }
}

function readAuthority({ file, MQTT_CA_FILE: path }: Settings): { ca?: Buffer } {
  if (path === undefined) return {}
  try {
    return { ca: readBytesNow(resolve(dirname(file), path)) }
  } catch (error) {
    throw invalid(`The setting MQTT_CA_FILE is ${quote(path)}, which can't be read: ${reasonOf(error)}.`)
  }
}
