/** Reads the settings: defaults, then the YAML file, then the environment. Source of the rules: protocol, section 8. */
import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { describeFileError } from '../base/disk-errors.ts'
import { Fault, invalid } from '../base/fault.ts'
import { makeFolderNow } from '../base/folders.ts'
import { parseNetwork, type Network } from '../base/networks.ts'
import { isObject } from '../base/json.ts'
import { quote } from '../base/path.ts'
import { NotAFile, readBytesNow } from '../base/regular-files.ts'
import { describeYamlError } from '../base/yaml-errors.ts'
import { placeAt } from './backup-place.ts'
import { nameOfDatabase, withoutPassword } from './database-url.ts'
import { renamedSettings, settingsTable, type Setting, type SettingName, type SettingValues } from './settings-table.ts'

export type { SettingName, SettingValues } from './settings-table.ts'

export interface Settings extends SettingValues {
  /** The settings file, absolute. */
  readonly file: string
  /** Old names that were set and have no effect here, for the log. */
  readonly ignored: readonly string[]
  /** The SQLite file, absolute; of a database on a server its URL without password and parameters. */
  readonly databaseFile: string
  /** The database is on a PostgreSQL server, so that there is no file. */
  readonly isOnServer: boolean
  /** The source of each setting that is not at its default: the file's path, or the name of an environment variable. */
  readonly sources: Readonly<Partial<Record<SettingName, string>>>
  /** TRUSTED_PROXIES, parsed. */
  readonly trustedProxies: readonly Network[]
  /** The folder for large files, absolute. */
  readonly storageFolder: string
  /** The folder for scheduled backups, absolute; undefined when there is none. */
  readonly backupPlace: string | undefined
  /** The folder with a folder for each extension, absolute. */
  readonly extensionsFolder: string
  /** The folder with pages of the lab's own, absolute; undefined when there is none. */
  readonly pagesFolder: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Variables with the prefix that are not settings: the client's server name, and the two that say where settings come from. */
const NOT_SETTINGS = new Set(['RHIZO_SERVER_NAME', 'RHIZO_SERVER_SETTINGS', 'RHIZO_SERVER_DISABLE_ENVIRONMENT'])
const PREFIX = 'RHIZO_SERVER_'

/** The settings file, as an absolute path: RHIZO_SERVER_SETTINGS, or settings/config.yaml below the current folder. */
export function settingsFile(environment: Environment = process.env, folder = process.cwd()): string {
  return resolve(folder, environment['RHIZO_SERVER_SETTINGS'] || join('settings', 'config.yaml'))
}

/**
 * The settings in force.
 * @throws Fault invalid naming the setting, its value and what is allowed; also when there is no file, saying what to do
 */
export function loadSettings(file = settingsFile(), environment: Environment = process.env): Settings {
  if (!existsSync(file))
    throw invalid(`There is no settings file ${file}. Make one with "rhizo init-db", or name another with RHIZO_SERVER_SETTINGS.`)
  return resolveSettings(readSettingsFile(file), file, environment)
}

/** What the file contains, unchecked. @throws Fault invalid when it is not YAML */
export function readSettingsFile(file: string): Record<string, unknown> {
  let content: unknown
  try {
    const bytes = readBytesNow(file, { advice: OF_A_CONTAINER })
    const text = bytes.toString('utf8')
    if (text.includes('\0'))
      throw invalid(
        `The settings file ${file} has zero bytes in it, as a power cut may leave them, or is no UTF-8 text. Take the file from a copy: ` +
          'each backup has one, and without its secrets no key works.',
      )
    requireUtf8(bytes, file)
    content = parse(text)
  } catch (error) {
    if (error instanceof Fault && !(error instanceof NotAFile)) throw error
    if (error instanceof YAMLParseError) throw invalid(`The settings file ${file} is not YAML: ${describeYamlError(error)}`)
    throw new Fault('invalid', describeFileError(error, 'The settings file', file), { cause: error })
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) throw invalid(`The settings file ${file} must hold lines of NAME: value.`)
  return content as Record<string, unknown>
}

/** A mount of a container whose source is missing makes a folder in its place. */
const OF_A_CONTAINER = 'Put the file that belongs there in its place. (A container makes a folder where a file that it mounts is missing.)'

/** Otherwise letters that are not ASCII would be others: of a password too. @throws Fault invalid naming the line */
function requireUtf8(bytes: Buffer, file: string): void {
  if (isUtf8(bytes)) return
  const lines = bytes.toString('latin1').split('\n')
  const line = lines.findIndex((text) => !isUtf8(Buffer.from(text, 'latin1'))) + 1
  throw invalid(`The settings file ${file} is no UTF-8 text: line ${line} has a letter in another encoding. Save the file as UTF-8.`)
}

/** Resolves settings from the content of a file and the environment; `file` is the base of relative paths, and named in messages. */
export function resolveSettings(content: Record<string, unknown>, file: string, environment: Environment): Settings {
  const values: Record<string, unknown> = {}
  const ignored: string[] = []
  const sources: Partial<Record<SettingName, string>> = {}
  const take = (name: string, value: unknown, source: string): void => {
    const known = renamedSettings[name] ?? name
    if (!isSettingName(known))
      throw invalid(`Unknown setting ${name} in ${source}.${suggest(name)} All of them are listed in settings/config.sample.yaml.`)
    const setting: Setting = settingsTable[known]
    if (setting.kind === 'ignored') ignored.push(name)
    else if (value !== null && value !== undefined) {
      values[known] = check(known, setting, value, source)
      sources[known] = source
    }
  }
  for (const [name, setting] of Object.entries(settingsTable) as [SettingName, Setting][]) {
    if (setting.default !== undefined) values[name] = setting.default
  }
  for (const [name, value] of Object.entries(content)) take(name, value, file)
  const disabled = environment['RHIZO_SERVER_DISABLE_ENVIRONMENT']
  if (disabled === undefined || !['true', 'yes', '1'].includes(disabled.toLowerCase())) {
    for (const name of [...Object.keys(settingsTable), ...Object.keys(renamedSettings)]) {
      const variable = environment[PREFIX + name] !== undefined ? PREFIX + name : name
      const text = environment[variable]
      const isNamedBetter = sources[renamedSettings[name] as SettingName]?.startsWith('the environment') === true
      if (isNamedBetter) continue
      if (text !== undefined && text !== '') take(name, parseVariable(variable, text), `the environment variable ${variable}`)
    }
    for (const variable of Object.keys(environment)) {
      if (!variable.startsWith(PREFIX) || NOT_SETTINGS.has(variable)) continue
      const name = variable.slice(PREFIX.length)
      if (!isSettingName(renamedSettings[name] ?? name))
        throw invalid(`Unknown setting ${name} in the environment variable ${variable}.${suggest(name)}`)
    }
  }
  for (const [name, setting] of Object.entries(settingsTable) as [SettingName, Setting][]) {
    if (setting.generated === true && values[name] === undefined)
      throw invalid(
        `The setting ${name} is missing in ${file}. Of a lab that is in use, take it from a copy of the file, as each backup has one: ` +
          'with another one, keys that it has no longer work. For a new lab, move the file away: "rhizo init-db" makes one with ' +
          'generated secrets.',
      )
  }
  const folder = dirname(file)
  const typed = values as SettingValues
  const isOnServer = !typed.DATABASE_URI.startsWith('sqlite:')
  requireBucket(typed, file)
  return {
    ...typed,
    // A server that speaks TLS itself is reached by https, and MQTT shows the same certificate unless it has its own.
    SSL: typed.SSL || typed.TLS_CERTIFICATE !== undefined,
    ...(typed.TLS_CERTIFICATE !== undefined && typed.MQTT_TLS_CERTIFICATE === undefined && typed.MQTT_TLS_KEY === undefined
      ? { MQTT_TLS_CERTIFICATE: typed.TLS_CERTIFICATE, ...(typed.TLS_KEY === undefined ? {} : { MQTT_TLS_KEY: typed.TLS_KEY }) }
      : {}),
    file,
    ignored,
    sources,
    trustedProxies: typed.TRUSTED_PROXIES.flatMap((entry) => parseNetwork(entry) ?? []),
    databaseFile: isOnServer ? nameOfDatabase(typed.DATABASE_URI) : resolve(folder, typed.DATABASE_URI.slice('sqlite:///'.length)),
    isOnServer,
    storageFolder: resolve(folder, typed.FILE_SYSTEM_STORAGE_PATH),
    backupPlace: typed.BACKUP_TO === undefined ? undefined : placeAt(folder, typed.BACKUP_TO),
    extensionsFolder: resolve(folder, typed.EXTENSIONS_FOLDER),
    pagesFolder: typed.PAGES_FOLDER === undefined ? undefined : resolve(folder, typed.PAGES_FOLDER),
  }
}

/** A bucket is of no use without what it takes to open it. */
function requireBucket(
  { S3_STORAGE_BUCKET: bucket = '', S3_ACCESS_KEY, S3_SECRET_KEY, BULK_STORAGE: place }: SettingValues,
  file: string,
): void {
  if (bucket === '') {
    if (place === 's3') throw invalid(`The setting BULK_STORAGE is s3, but no S3_STORAGE_BUCKET is set in ${file}.`)
    return
  }
  for (const [name, value] of Object.entries({ S3_ACCESS_KEY, S3_SECRET_KEY }))
    if (value === undefined || value === '') throw invalid(`The setting S3_STORAGE_BUCKET is set, but ${name} is missing in ${file}.`)
}

const isSettingName = (name: string): name is SettingName => Object.hasOwn(settingsTable, name)

/** Its value is never shown. */
function isSecret(variable: string): boolean {
  const name = variable.startsWith(PREFIX) ? variable.slice(PREFIX.length) : variable
  const known = renamedSettings[name] ?? name
  return isSettingName(known) && settingsTable[known].kind === 'secret'
}

function parseVariable(variable: string, text: string): unknown {
  try {
    return parse(text)
  } catch {
    throw invalid(
      `The environment variable ${variable} is not YAML${isSecret(variable) ? '' : `: ${quote(text)}`}. ` +
        'Quote it, or set RHIZO_SERVER_DISABLE_ENVIRONMENT=true.',
    )
  }
}

/** Checks a value. A number may be given as text of digits, and a text as a number, as YAML writes them. */
function check(name: string, setting: Setting, value: unknown, source: string): unknown {
  const shown = setting.kind === 'secret' ? 'a value' : quote(withoutPassword(textOf(value)))
  const wrong = (): Error => invalid(`The setting ${name} in ${source} is ${shown}; allowed: ${allowedText(setting)}.`)
  switch (setting.kind) {
    case 'flag':
      if (typeof value === 'boolean') return value
      if (value === 1 || value === 0) return value === 1
      throw wrong()
    case 'number':
      if (typeof value !== 'number' || !Number.isInteger(value) || value < setting.minimum || value > setting.maximum) throw wrong()
      return value
    case 'choice': {
      const text = typeof value === 'string' ? value.toLowerCase() : ''
      if (!setting.choices.includes(text)) throw wrong()
      return text
    }
    case 'list': {
      const entries = listOf(value)
      if (!entries) throw wrong()
      return entries
    }
    case 'map':
      if (!isObject(value)) throw wrong()
      return value
    case 'networks': {
      const entries = listOf(value)
      if (!entries) throw wrong()
      for (const entry of entries)
        if (typeof entry !== 'string' || !parseNetwork(entry))
          throw invalid(`The setting ${name} in ${source} holds ${quote(textOf(entry))}; allowed: ${allowedText(setting)}.`)
      return entries
    }
    case 'secret': {
      const text = plainText(value) ?? ''
      if (text.length < (setting.minimum ?? 1)) throw wrong()
      return text
    }
    case 'text': {
      const text = plainText(value)
      if (text === undefined) throw wrong()
      if (setting.pattern && !setting.pattern.test(text)) throw wrong()
      return text
    }
    case 'ignored':
      return undefined
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A list, or text with commas between its entries. */
function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[]
  if (typeof value !== 'string') return undefined
  const entries = value.split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '')
}

/** Text that YAML may have parsed as a number or a boolean, because it has no quotes. */
const plainText = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined

/** A hint at the setting that was probably meant. */
function suggest(name: string): string {
  const upper = name.toUpperCase()
  const close = Object.keys(settingsTable).find((known) => known === upper || distance(known, upper) <= 2)
  return close === undefined ? '' : ` Did you mean ${close}?`
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length] ?? Number.POSITIVE_INFINITY
}

/**
 * Makes a settings file with generated secrets, readable only by its owner, unless it exists.
 * @returns whether it was made
 */
export function initializeSettings(file: string): boolean {
  if (existsSync(file)) return false
  try {
    writeNewSettings(file)
  } catch (error) {
    throw new Fault('invalid', describeFileError(error, 'The settings file', file), { cause: error })
  }
  return true
}

function writeNewSettings(file: string): void {
  makeFolderNow(dirname(file))
  const lines = [
    '# Settings of this rhizo server. All of them, with their meanings: settings/config.sample.yaml.',
    '# Secrets: keep this file to yourself.',
  ]
  for (const [name, setting] of Object.entries(settingsTable) as [SettingName, Setting][]) {
    if (setting.generated) lines.push(`${name}: ${randomBytes(32).toString('base64url')}`)
  }
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeFileSync(descriptor, `${lines.join('\n')}\n`)
    fsyncSync(descriptor)
  } catch (error) {
    // Half a file would be taken for the settings.
    rmSync(file, { force: true })
    throw error
  } finally {
    closeSync(descriptor)
  }
  makeFolderNow(dirname(file))
}

/** The sample file: each setting with its meaning, its allowed values and its default. */
export function sampleSettings(): string {
  const lines = [
    '# All settings of a rhizo server, with their defaults. Copy what you change into config.yaml; "rhizo init-db" makes one',
    '# with generated secrets. Each can also come from the environment: RHIZO_SERVER_PORT=5001 (or PORT=5001), parsed as YAML.',
  ]
  let group = ''
  for (const [name, setting] of Object.entries(settingsTable) as [string, Setting][]) {
    if (setting.group !== group) lines.push('', `# ${'-'.repeat(8)} ${(group = setting.group)}`)
    if (setting.kind === 'ignored') {
      lines.push(`# ${name}: ${setting.meaning}`)
      continue
    }
    lines.push(
      '',
      `# ${setting.meaning}`,
      `# Allowed: ${allowedText(setting)}.${setting.generated ? ' Generated by "rhizo init-db".' : ''}`,
    )
    if (setting.example !== undefined) lines.push(`# For example: ${name}: ${setting.example}`)
    lines.push(setting.default === undefined ? `# ${name}:` : `# ${name}: ${sampleOf(setting.default)}`)
  }
  return `${lines.join('\n')}\n`
}

/** A default as YAML. */
const sampleOf = (value: Setting['default']): string => (Array.isArray(value) ? '[]' : isObject(value) ? '{}' : String(value) || "''")

function allowedText(setting: Setting): string {
  switch (setting.kind) {
    case 'flag':
      return 'true or false'
    case 'number':
      return `a whole number from ${setting.minimum} to ${setting.maximum}${setting.unit ? ` (${setting.unit})` : ''}`
    case 'choice':
      return setting.choices.join(' or ')
    case 'list':
      return 'a list'
    case 'map':
      return 'values by their names, as {name: value}'
    case 'networks':
      return 'a list of IP addresses and networks, such as 10.0.0.0/8 or 2001:db8::/32'
    case 'secret':
      return setting.minimum === undefined ? 'text, not empty' : `text of at least ${setting.minimum} characters`
    case 'text':
      return setting.allowed ?? 'text'
    case 'ignored':
      return 'anything'
  }
}
