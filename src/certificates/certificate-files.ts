/** The pair of files that the settings name for TLS, read and checked. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { readBytesNow, reasonOf } from '../base/regular-files.ts'
import type { Settings } from '../settings/settings.ts'

export interface CertificatePair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** Names of the two settings. */
export interface PairNames {
  readonly certificate: 'TLS_CERTIFICATE' | 'MQTT_TLS_CERTIFICATE'
  readonly key: 'TLS_KEY' | 'MQTT_TLS_KEY'
}

export const HTTPS_PAIR: PairNames = { certificate: 'TLS_CERTIFICATE', key: 'TLS_KEY' }

/** MQTT has the certificate of HTTPS unless it has its own. */
export const mqttPair = ({ sources }: Pick<Settings, 'sources'>): PairNames =>
  sources.MQTT_TLS_CERTIFICATE === undefined && sources.MQTT_TLS_KEY === undefined && sources.TLS_CERTIFICATE !== undefined
    ? HTTPS_PAIR
    : { certificate: 'MQTT_TLS_CERTIFICATE', key: 'MQTT_TLS_KEY' }

/**
 * The pair; undefined when the settings name none.
 * @throws Fault invalid when one of the two is missing, can't be read, or they don't belong together
 */
export function readPair(settings: Settings, names: PairNames): CertificatePair | undefined {
  const [certificate, key] = [settings[names.certificate], settings[names.key]]
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined)
    throw invalid(`The settings ${names.certificate} and ${names.key} belong together: set both, or none.`)
  const pair = { cert: read(settings, names.certificate, certificate), key: read(settings, names.key, key) }
  try {
    createSecureContext(pair)
  } catch (error) {
    throw invalid(`${names.certificate} and ${names.key} can't be used: ${error instanceof Error ? error.message : String(error)}.`)
  }
  return pair
}

/** Absolute paths of all files that the settings name for TLS. */
export const filesOf = (settings: Settings): string[] => {
  const { TLS_CERTIFICATE, TLS_KEY, MQTT_TLS_CERTIFICATE, MQTT_TLS_KEY } = settings
  const named = [TLS_CERTIFICATE, TLS_KEY, MQTT_TLS_CERTIFICATE, MQTT_TLS_KEY].flatMap((path) => path ?? [])
  return [...new Set(named)].map((path) => pathOf(settings, path))
}

/** Changes when one of the files does: by its size, its time, or because another took its place. */
export const stampFiles = (settings: Settings): string =>
  filesOf(settings)
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((status) => (status ? `${status.ino} ${status.size} ${status.mtimeMs}` : '-'))
    .join('|')

const pathOf = ({ file }: Settings, path: string): string => resolve(dirname(file), path)

function read(settings: Settings, name: string, path: string): Buffer {
  try {
    return readBytesNow(pathOf(settings, path))
  } catch (error) {
    throw invalid(`The setting ${name} is ${quote(path)}, which can't be read: ${reasonOf(error)}.`)
  }
}
