/** The lab's database as a backup reads it: at one moment, whatever engine has it, and copied as an SQLite file. */
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { requireMoved } from '../database/move-record.ts'
import { copySnapshot, countRows, databaseBytes } from '../database/sqlite/checked-copy.ts'
import { openNamed, openSnapshot } from '../database/sqlite/snapshot.ts'
import type { Schema } from '../database/schema.ts'
import type { Settings } from '../settings/settings.ts'

export interface LabSnapshot {
  readonly db: Kysely<Schema>
  readonly version: number
  /** Bytes that a copy takes at most, about. */
  readonly bytes: number
  /** @returns the rows of each table of the copy, as counted before it was made where the engine has the same tables */
  copyTo(path: string, clock: Clock): Promise<Record<string, number>>
  close(): Promise<void>
}

/** @throws Fault not_found when there is no database; busy when its server can't be reached */
export const openLab = (settings: Settings): Promise<LabSnapshot> => (settings.isOnServer ? openOnServer(settings) : openFile(settings))

/** A folder of this lab's own for what is made in the clear for a while. */
export const scratchOf = ({ isOnServer, databaseFile, file }: Pick<Settings, 'isOnServer' | 'databaseFile' | 'file'>): string =>
  dirname(isOnServer ? file : databaseFile)

/** Where a copy is made that must not be made elsewhere. */
export const copyBeside = (settings: Pick<Settings, 'isOnServer' | 'databaseFile' | 'file'>): string =>
  settings.isOnServer ? join(scratchOf(settings), 'rhizo-server.backup-copy') : `${settings.databaseFile}.backup-copy`

async function openFile({ databaseFile }: Settings): Promise<LabSnapshot> {
  const snapshot = await openNamed(databaseFile)
  const { db, version } = snapshot
  const copyTo = async (path: string): Promise<Record<string, number>> => {
    const rows = countRows(snapshot)
    await copySnapshot(snapshot, path)
    return rows
  }
  return { db, version, bytes: databaseBytes(databaseFile), copyTo, close: () => snapshot.close() }
}

async function openOnServer({ DATABASE_URI }: Settings): Promise<LabSnapshot> {
  const [{ openPostgresSnapshot }, { copyToFile }] = await Promise.all([
    import('../database/postgres/snapshot.ts'),
    import('../moving-in/server-copy.ts'),
  ])
  const snapshot = await openPostgresSnapshot(DATABASE_URI)
  const { db, name, version, newest, bytes } = snapshot
  try {
    if (version === newest) await requireMoved({ database: db, name })
  } catch (error) {
    await snapshot.close()
    throw error
  }
  const copyTo = async (path: string, clock: Clock): Promise<Record<string, number>> => {
    // Compares the rows of each table with those of the server.
    await copyToFile(snapshot, path, { clock })
    const copy = await openSnapshot(path)
    try {
      return countRows(copy)
    } finally {
      await copy.close()
    }
  }
  return { db, version, bytes, copyTo, close: () => snapshot.close() }
}
