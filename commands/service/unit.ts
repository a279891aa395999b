/** The unit of the service: the sample of the package, with this machine's user, folder and paths. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { isBucket } from '../../src/settings/backup-place.ts'
import type { Settings } from '../../src/settings/settings.ts'

export interface UnitOptions {
  readonly user: string
  /** Of settings, database and files; absolute. */
  readonly folder: string
  /** Node and the program, absolute. */
  readonly command: readonly [node: string, script: string]
  /** Of a lab that is in the folder already. */
  readonly settings?: Settings | undefined
}

/** Ports below it need a capability. */
const FIRST_FREE_PORT = 1024
const HOMES = ['/home', '/root', '/run/user']

/** A unit file's text. @throws Fault invalid when the folder can't be used */
export function makeUnit({ user, folder, command, settings }: UnitOptions): string {
  const isBound = settings !== undefined && [settings.PORT, settings.MQTT_TCP_PORT, settings.MQTT_TLS_PORT].some(isLow)
  const paths = [requireFolder(folder), ...outsideOf(folder, settings)]
  const lines: Readonly<Record<string, string>> = {
    'User=rhizo': `User=${user}`,
    'Environment=RHIZO_SERVER_SETTINGS=/var/lib/rhizo/config.yaml': `Environment=RHIZO_SERVER_SETTINGS=${folder}/config.yaml`,
    'WorkingDirectory=/var/lib/rhizo': `WorkingDirectory=${folder}`,
    'ExecStart=/usr/bin/env rhizo serve': `ExecStart=${[...command, 'serve'].map(quoteWord).join(' ')}`,
    'ReadWritePaths=/var/lib/rhizo': paths.map((path) => `ReadWritePaths=${path}`).join('\n'),
    // Node, or this program, may be somebody's own.
    ...(command.some((path) => homeOf(path) !== undefined) ? { 'ProtectHome=true': 'ProtectHome=read-only' } : {}),
    ...(isBound
      ? {
          'CapabilityBoundingSet=': 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
          'AmbientCapabilities=': 'AmbientCapabilities=CAP_NET_BIND_SERVICE',
        }
      : {}),
  }
  const sample = readSample().replace(
    /^#[^]*?\n\n/,
    '# Made by "rhizo service install". What you change yourself belongs into "systemctl edit".\n\n',
  )
  return sample
    .split('\n')
    .map((line) => lines[line] ?? line)
    .join('\n')
}

const isLow = (port: number | undefined): boolean => port !== undefined && port > 0 && port < FIRST_FREE_PORT

/** What a lab writes outside of its folder. A disk that is not there, as one for backups, does not keep the service from starting: `-`. */
function outsideOf(folder: string, settings: Settings | undefined): string[] {
  if (settings === undefined) return []
  const { databaseFile, isOnServer, storageFolder, backupPlace } = settings
  const outside = [
    ...(isOnServer ? [] : [dirname(databaseFile)]),
    storageFolder,
    ...(backupPlace === undefined || isBucket(backupPlace) ? [] : [backupPlace]),
  ].filter((path) => path !== folder && !path.startsWith(folder + sep))
  return [...new Set(outside)].map((path) => `-${requireFolder(path)}`)
}

/** @throws Fault invalid for a folder that the service could not see, or that a unit could not name */
export function requireFolder(path: string): string {
  if (!/^\/[\w./@+-]+$/.test(path))
    throw invalid(`The folder ${quote(path)} can't stand in a unit: choose an absolute path of letters, digits and . / @ + - _.`)
  const home = homeOf(path)
  if (home !== undefined)
    throw invalid(`The folder ${path} is below ${home}, which a service does not see: choose another, such as /var/lib/rhizo.`)
  return path
}

const homeOf = (path: string): string | undefined => HOMES.find((home) => `${resolve(path)}/`.startsWith(`${home}/`))

/** A word of ExecStart. Source: systemd.service(5), "Command lines". */
const quoteWord = (word: string): string => {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./@%$+:-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** The sample lies two folders up, and three up of what is compiled. */
function readSample(): string {
  for (const place of ['../../settings/rhizo.service', '../../../settings/rhizo.service']) {
    const url = new URL(place, import.meta.url)
    if (existsSync(url)) return readFileSync(url, 'utf8')
  }
  throw invalid('settings/rhizo.service is missing beside this program: install it again.')
}
