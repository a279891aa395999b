/** Checks that the database and the settings belong together: the server doesn't start otherwise. */
import { ADVICE_ON_NAMES, countNames, SEVERAL_NAMES } from '../database/sqlite/other-names.ts'
import type { Snapshot } from '../database/sqlite/snapshot.ts'
import {
  describeMissing,
  describeOtherLab,
  describeOtherSalt,
  findMissing,
  fingerprintOf,
  readIdentity,
  readLabRecord,
} from '../resources/lab-identity.ts'
import type { Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

/** @returns whether there is a database to examine */
export function checkPresence(report: Report, settings: Settings): boolean {
  const what = findMissing(settings.databaseFile)
  if (what === undefined) {
    if (countNames(settings.databaseFile) > 1) report.warn('database', settings.databaseFile, SEVERAL_NAMES, ADVICE_ON_NAMES)
    return true
  }
  const { problem, advice } = describeMissing(settings, what)
  report.error('database', settings.databaseFile, problem, advice)
  return false
}

export async function checkIdentity(report: Report, settings: Settings, { db }: Snapshot): Promise<void> {
  const { lab, salt } = await readIdentity(db)
  if (salt !== undefined && salt !== fingerprintOf(settings.SALT)) {
    const { problem, advice } = describeOtherSalt(settings)
    report.error('settings', 'SALT', problem, advice)
  }
  const record = readLabRecord(settings.file)
  if (record?.database === settings.databaseFile && lab !== undefined && record.lab !== lab) {
    const { problem, advice } = describeOtherLab(settings, record.lab, lab)
    report.error('database', settings.databaseFile, problem, advice)
  }
}
