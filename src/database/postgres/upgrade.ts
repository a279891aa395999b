/** What an upgrade of a database on a PostgreSQL server would do, and the upgrade itself. */
import type { Clock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { migrations } from '../migrate.ts'
import type { UpgradePlan } from '../sqlite/upgrade-plan.ts'
import { openPostgres } from './open-postgres.ts'
import { openPostgresSnapshot } from './snapshot.ts'

/** No backup is made on a server. @throws Fault busy when it can't be reached; not_found when it holds no lab */
export async function planServerUpgrade(url: string): Promise<UpgradePlan> {
  const snapshot = await openPostgresSnapshot(url)
  await snapshot.close()
  const { name, version: from, newest: to, bytes } = snapshot
  const problems =
    from > to
      ? [`The database ${name} has the schema version ${from}, and this rhizo knows versions up to ${to}: install a newer rhizo.`]
      : []
  const steps = migrations.slice(from).map(({ name: step }) => step)
  return { from, to, steps, backups: [], databaseBytes: bytes, neededBytes: 0, freeBytes: undefined, problems }
}

/** @throws Fault conflict while a daemon runs on it */
export async function upgradeServer(url: string, clock: Clock): Promise<void> {
  const options = { url, clock, log: silentLog, isDaemon: true, isReadOnly: false, mustExist: true, isDurable: true, onFatal: () => {} }
  await (await openPostgres(options)).close()
}
