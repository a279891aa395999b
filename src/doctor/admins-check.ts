/** Checks whether a password alone gives the whole server away. */
import type { Snapshot } from '../database/sqlite/snapshot.ts'
import { adminsWithoutFactor } from '../people/second-factors.ts'
import { isReached } from './exposure-check.ts'
import type { Settings } from '../settings/settings.ts'
import type { Report } from './report.ts'

/** Admins that are named. */
const MAX_NAMED = 5

/** Where nobody else comes, a password is enough. */
export async function checkAdmins(report: Report, settings: Settings, { db }: Pick<Snapshot, 'db'>): Promise<void> {
  if (!isReached(settings)) return
  const admins = await adminsWithoutFactor(db)
  if (admins.length === 0) return
  const more = admins.length - MAX_NAMED
  report.warn(
    'exposure',
    admins.slice(0, MAX_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : ''),
    `${admins.length === 1 ? 'is a system admin' : 'are system admins'} without a second factor: a password alone gives the server away`,
    'Add an authenticator app or a passkey: My settings, Second factors.',
  )
}
