/**
 * Examines a lab on its own machine, whether it runs or not: settings, permissions, database, every block of values, files, disk, clock and
 * port. It changes nothing.
 */
import { existsSync } from 'node:fs'
import { RELEASED } from '../base/believed-time.ts'
import type { Clock } from '../base/clock.ts'
import { Fault } from '../base/fault.ts'
import { runningDaemon } from '../database/sqlite/daemon-lock.ts'
import { describeNoLab } from '../database/sqlite/no-lab.ts'
import { openSnapshot, type Snapshot } from '../database/sqlite/snapshot.ts'
import type { Settings } from '../settings/settings.ts'
import { silentLog } from '../base/log.ts'
import { bucketOf, openStorage } from '../storage/places/open-places.ts'
import { checkBucket } from './bucket-check.ts'
import { RESTORE, checkResources, checkStructure, checkVersion } from './database-check.ts'
import { checkAdmins } from './admins-check.ts'
import { checkCertificates } from './certificate-check.ts'
import { checkExtensions } from './extensions-check.ts'
import { checkExposure } from './exposure-check.ts'
import { checkIdentity, checkPresence } from './identity-check.ts'
import { checkFiles, checkOwner } from './files-check.ts'
import { checkClock, checkDisk, checkPort } from './machine-check.ts'
import { checkPermissions } from './permissions-check.ts'
import { checkRecipients } from './recipients-check.ts'
import { Report, reasonOf, type Watch } from './report.ts'
import { findServerDaemon, openServerCopy } from './server-database.ts'
import { checkSettings } from './settings-check.ts'
import { checkBlocks, checkJournal, checkTimes } from './values-check.ts'

export interface Examination {
  /** The settings file. */
  readonly file: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** The URL at which programs on this machine reach the server. */
  readonly urlOf: (settings: Settings) => string
  /** Skips what takes long: comparing indexes with tables, decoding blocks, reading files. */
  readonly isQuick: boolean
  readonly watch?: Watch
}

export async function examine(examination: Examination): Promise<Report> {
  const { file, environment, clock, urlOf, isQuick, watch } = examination
  const report = new Report()
  const settings = checkSettings(report, file, environment)
  if (!settings) return report
  const { databaseFile } = settings
  await report.run('permissions', file, () => checkPermissions(report, settings))
  await report.run('exposure', file, () => checkExposure(report, settings))
  await report.run('exposure', file, () => checkCertificates(report, settings, clock.now() / 1000))
  await report.run('machine', 'the disk', () => checkDisk(report, settings))
  await report.run('extensions', settings.extensionsFolder, () => checkExtensions(report, settings))
  const snapshot = await open(report, settings, examination)
  const daemon = settings.isOnServer ? await findServerDaemon(settings) : findDaemon(report, databaseFile)
  await report.run('machine', 'the clock', () => checkClock(report, clock.now(), snapshot))
  await report.run('machine', 'the port', () => checkPort(report, settings, daemon, urlOf(settings)))
  if (!snapshot) return report
  try {
    await report.run('database', databaseFile, () => checkStructure(report, databaseFile, snapshot, isQuick))
    await report.run('database', databaseFile, () => checkIdentity(report, settings, snapshot))
    await report.run('exposure', databaseFile, () => checkAdmins(report, settings, snapshot))
    await report.run('database', databaseFile, () => checkResources(report, databaseFile, snapshot))
    // A tree that can't be read has its finding already.
    if (!report.findings.some(({ check, severity }) => check === 'database' && severity === 'error'))
      await report.run('messages', databaseFile, () => checkRecipients(report, settings, snapshot))
    await report.run('values', databaseFile, () => checkJournal(report, databaseFile, snapshot))
    await report.run('values', databaseFile, () => checkTimes(report, snapshot, clock.now() < RELEASED ? undefined : clock.now()))
    if (!isQuick) await report.run('values', databaseFile, () => checkBlocks(report, snapshot, watch))
    const { storageFolder } = settings
    const files = {
      db: snapshot.db,
      storage: openStorage(settings, { db: snapshot.db, now: () => clock.now(), log: silentLog }),
      now: clock.now(),
      isQuick,
    }
    await report.run('files', storageFolder, () => checkOwner(report, storageFolder, databaseFile, files))
    const place = bucketOf(settings)
    if (place) await report.run('files', place.bucket, () => checkBucket(report, place, databaseFile, snapshot.db))
    await report.run('files', storageFolder, () => checkFiles(report, files, watch))
  } finally {
    await snapshot.close()
  }
  return report
}

/** Undefined when there is nothing to examine, which is reported as a finding. */
async function open(report: Report, settings: Settings, { clock, isQuick }: Examination): Promise<Snapshot | undefined> {
  const { databaseFile: file } = settings
  if (settings.isOnServer) return openServerCopy(report, settings, clock, isQuick)
  if (!checkPresence(report, settings)) return undefined
  try {
    const snapshot = await openSnapshot(file)
    const other = describeNoLab(snapshot.reader)
    if (other) report.error('database', file, other.problem, other.advice)
    else if (checkVersion(report, file, snapshot)) return snapshot
    await snapshot.close()
  } catch (error) {
    if (error instanceof Fault) report.error('database', file, `is not opened: ${error.message}`, 'Run "rhizo doctor" again then.')
    else report.error('database', file, `can't be read: ${reasonOf(error)}`, `See that this user may read it. If it is damaged: ${RESTORE}`)
  }
  return undefined
}

/** Doesn't create the lock file. */
function findDaemon(report: Report, databaseFile: string): number | undefined {
  const lock = `${databaseFile}.lock`
  try {
    return existsSync(lock) ? runningDaemon(databaseFile) : undefined
  } catch (error) {
    report.error(
      'machine',
      lock,
      `can't be used: ${reasonOf(error)}. No server starts, and whether one runs can't be found out`,
      'Give it and its folder to the user that the server runs as. When no server runs, it may be removed: it is made anew.',
    )
    return undefined
  }
}
