/** The settings as a backup keeps them, and as a restore writes them. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import { parseDocument, type Document } from 'yaml'
import { readTextNow } from '../base/regular-files.ts'
import { settingsTable, type Setting, type SettingName } from '../settings/settings-table.ts'
import type { Settings } from '../settings/settings.ts'

const entries = Object.entries(settingsTable) as [SettingName, Setting][]
/** Values by their names may be passwords, too. */
const secretNames = entries.filter(([, { kind }]) => kind === 'secret' || kind === 'map').map(([name]) => name)
/** Without these no server starts. */
const generatedNames = entries.filter(([, { generated }]) => generated === true).map(([name]) => name)

/**
 * The settings file, with what the environment sets in place of it: elsewhere that environment is not there.
 * @param withSecrets false: passwords, tokens and the SALT are left out; without the SALT no key of the lab works
 */
export function copySettings(settings: Settings, withSecrets: boolean): string {
  const isThere = existsSync(settings.file)
  const document = parseDocument(isThere ? readTextNow(settings.file) : '')
  for (const [name] of entries) {
    const source = settings.sources[name]
    const value: unknown = settings[name as keyof typeof settings]
    if (source === undefined || value === undefined || (isThere && source === settings.file)) continue
    document.set(name, value)
  }
  if (!withSecrets) for (const name of secretNames) document.delete(name)
  return document.toString()
}

export interface RestoredSettings {
  readonly text: string
  /** Secrets that were not in the backup, and were made here: what rests on them is void. */
  readonly generated: readonly SettingName[]
}

/**
 * The settings of a backup for a place: where data lies is put into this place when it was elsewhere, and secrets that the backup
 * leaves out come from the settings that are there, or are made.
 * @param present the settings file that is at that place
 */
export function placeSettings(backup: string, present: string | undefined): RestoredSettings {
  const document = parseDocument(backup)
  const here = present === undefined ? undefined : parseDocument(present)
  if (here) {
    // The place is this machine's: it says where data lies.
    for (const name of ['DATABASE_URI', 'SQLALCHEMY_DATABASE_URI', 'FILE_SYSTEM_STORAGE_PATH']) {
      document.delete(name)
      if (here.has(name)) document.set(name, here.get(name))
    }
  } else putInside(document)
  const generated: SettingName[] = []
  for (const name of secretNames) {
    if (document.has(name)) continue
    if (here?.has(name) === true) document.set(name, here.get(name))
    else if (generatedNames.includes(name)) {
      document.set(name, randomBytes(32).toString('base64url'))
      generated.push(name)
    }
  }
  return { text: document.toString(), generated }
}

/** Database and storage folder that lay outside of the settings' folder get their usual places below it. */
function putInside(document: Document): void {
  for (const name of ['DATABASE_URI', 'SQLALCHEMY_DATABASE_URI']) {
    const value: unknown = document.get(name)
    const path = typeof value === 'string' ? value.replace(/^sqlite:\/\/\//, '') : undefined
    if (path !== undefined && isOutside(path)) document.set(name, `sqlite:///${basename(path)}`)
  }
  const storage: unknown = document.get('FILE_SYSTEM_STORAGE_PATH')
  if (typeof storage === 'string' && isOutside(storage)) document.set('FILE_SYSTEM_STORAGE_PATH', basename(storage))
}

const isOutside = (path: string): boolean => isAbsolute(path) || path.split('/').includes('..')
