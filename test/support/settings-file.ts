/** The settings of a lab of this process as a file, for the doctor and for commands on the server's machine. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Lab } from './lab.ts'

/** Writes its secrets, where its database is, and more settings. @param file at its usual place unless given @returns the file */
export function writeSettingsFile(
  { settings }: Pick<Lab, 'settings'>,
  more: Readonly<Record<string, unknown>> = {},
  file = settings.file,
): string {
  const { SALT, SECRET_KEY, DATABASE_URI, databaseFile, isOnServer } = settings
  const own = { SALT, SECRET_KEY, DATABASE_URI: isOnServer ? DATABASE_URI : `sqlite:///${databaseFile}`, PORT: 0 }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify({ ...own, ...more }), { mode: 0o600 })
  return file
}
