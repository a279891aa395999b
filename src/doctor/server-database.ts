/**
 * Examines a database on a PostgreSQL server: all of it is read, at one moment, into a file that is removed afterwards. What the server
 * can't read is found by that, and the copy is examined as a database in a file is.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { requireMoved } from '../database/move-record.ts'
import { findProcess } from '../database/postgres/own-connection.ts'
import { openPostgresSnapshot, type PostgresSnapshot } from '../database/postgres/snapshot.ts'
import { freeBytes } from '../database/sqlite/checked-copy.ts'
import { openSnapshot, type Snapshot } from '../database/sqlite/snapshot.ts'
import { copyToFile, LARGE } from '../moving-in/server-copy.ts'
import type { Settings } from '../settings/settings.ts'
import { checkVersion } from './database-check.ts'
import { reasonOf, type Report } from './report.ts'

const UNREADABLE =
  'See that the server of the database runs, that DATABASE_URI names it, and what its log says. If rows of it are damaged: stop the ' +
  'daemon, restore a backup with "rhizo restore" into an empty database, and look after the disk.'

/** @returns a snapshot of the copy, which is removed when it is closed; undefined when there is none, which is reported */
export async function openServerCopy(report: Report, settings: Settings, clock: Clock, isQuick: boolean): Promise<Snapshot | undefined> {
  const { databaseFile: name, DATABASE_URI, file } = settings
  let server: PostgresSnapshot | undefined
  let folder: string | undefined
  const tidy = (): Promise<void> => (folder === undefined ? Promise.resolve() : rm(folder, { recursive: true, force: true }))
  try {
    server = await openPostgresSnapshot(DATABASE_URI)
    if (!checkVersion(report, name, server)) return undefined
    await requireMoved({ database: server.db, name })
    await checkServer(report, name, server)
    const free = freeBytes(file)
    if (!isQuick && free !== undefined && free < server.bytes) {
      report.error(
        'database',
        name,
        `could not be examined: a copy of it needs ${megabytes(server.bytes)}, and ${megabytes(free)} are free`,
        `Free some space at ${dirname(file)}, or use --quick, which leaves values and large files out.`,
      )
      return undefined
    }
    folder = await mkdtemp(join(dirname(file), '.examining-'))
    const path = join(folder, 'rhizo.db')
    await copyToFile(server, path, { clock, ...(isQuick ? { without: LARGE } : {}) })
    const copy = await openSnapshot(path)
    const close = async (): Promise<void> => {
      try {
        await copy.close()
      } finally {
        await tidy()
      }
    }
    return { ...copy, close }
  } catch (error) {
    report.error('database', name, `can't be read: ${reasonOf(error)}`, UNREADABLE)
    await tidy()
    return undefined
  } finally {
    await server?.close()
  }
}

/** The process on this machine that serves the lab, or that passes on to another machine; undefined: there is none. */
export async function findServerDaemon({ DATABASE_URI }: Settings): Promise<number | undefined> {
  const server = await openPostgresSnapshot(DATABASE_URI).catch(() => undefined)
  if (!server) return undefined
  try {
    return await findProcess(server.db, hostname())
  } catch {
    return undefined
  } finally {
    await server.close()
  }
}

/** What makes the server forget what it has confirmed. */
async function checkServer(report: Report, name: string, { db }: PostgresSnapshot): Promise<void> {
  const { rows } = await sql<{ setting: string }>`
    select name as setting from pg_settings where name in ('fsync', 'full_page_writes') and setting = 'off'`.execute(db)
  for (const { setting } of rows)
    report.warn(
      'database',
      name,
      `is on a server with ${setting}=off: a power cut may spoil all that is in it`,
      `Set ${setting} = on there.`,
    )
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`
