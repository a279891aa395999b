/** Records of what a command did, beside a daemon that may be running. */
import { existsSync } from 'node:fs'
import type { Settings } from '../settings/settings.ts'
import { besideDaemon } from '../database/sqlite/outside.ts'
import { isStandbyPlace } from '../resources/standby-place.ts'
import { insertRecord, type NewRecord } from './records.ts'

/**
 * Records it, if the lab's database can be written: a backup of a database on a full or failing disk is a backup all the same.
 * @returns whether it was recorded
 */
export async function recordBackup({ DATABASE_URI, isOnServer, databaseFile, file }: Settings, record: NewRecord): Promise<boolean> {
  if (isOnServer) {
    const { besideServerDaemon } = await import('../database/postgres/outside.ts')
    return besideServerDaemon(DATABASE_URI, (db) => insertRecord(db, record)).catch(() => false)
  }
  if (!existsSync(databaseFile) || isStandbyPlace(file)) return false
  return besideDaemon(databaseFile, (db) => insertRecord(db, record)).catch(() => false)
}
