/** Checks that the database and the settings belong together: the server doesn't start otherwise. */
import { LAB_ID, SALT_FINGERPRINT } from '../attributes/lab-id.ts'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import type { Snapshot } from '../database/sqlite/snapshot.ts'
import {
  describeMissing,
  describeOtherLab,
  describeOtherSalt,
  findMissing,
  fingerprintOf,
  readLabRecord,
} from '../resources/lab-identity.ts'
import type { Settings } from '../settings/settings.ts'
import { SYSTEM_FOLDER } from '../wire/resource-types.ts'
import type { Report } from './report.ts'

/** @returns whether there is a database to examine */
export function checkPresence(report: Report, settings: Settings): boolean {
  const what = findMissing(settings.databaseFile)
  if (what === undefined) return true
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

/** What the database says of itself; undefined where it was made before it said so. */
export async function readIdentity(db: Snapshot['db']): Promise<{ lab: string | undefined; salt: string | undefined }> {
  const row = await db
    .selectFrom('resources')
    .select('system_attributes')
    .where('parent_id', 'is', null)
    .where('name', '=', SYSTEM_FOLDER)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  const { [LAB_ID]: lab, [SALT_FINGERPRINT]: salt } = row ? parseAttributes(row.system_attributes) : {}
  return { lab: typeof lab === 'string' ? lab : undefined, salt: typeof salt === 'string' ? salt : undefined }
}
