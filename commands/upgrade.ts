/** `rhizo upgrade`: brings the database of the server on this machine up to date, or says what that would do. */
import type { UpgradePlan } from '../src/database/sqlite/upgrade-plan.ts'
import type { Settings } from '../src/settings/settings.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { formatSize } from './support/output.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('upgrade')
    .description(
      "Bring the stopped server's database up to date, as its next start would: before each step a backup is made beside the " +
        'database, checked, and only then takes its name. With --check it changes nothing and says what would be done, how much ' +
        'room that takes, and what stands in the way; with anything in the way, the exit code is 1. On PostgreSQL no backup is made: ' +
        'make one before.',
    )
    .option('--check', 'only say what would be done')
    .addHelpText('after', '\nExamples:\n  rhizo upgrade --check\n  systemctl stop rhizo && rhizo upgrade && systemctl start rhizo')
    .action(
      action(async (session, options) => {
        const { loadSettings } = await import('../src/settings/settings.ts')
        const settings = loadSettings()
        const { databaseFile } = settings
        const plan = await planFor(settings)
        if (options.check === true || plan.problems.length > 0) {
          await session.out.show(toJson(plan, databaseFile, false), describe(plan))
          for (const problem of plan.problems) session.out.warn(problem)
          if (plan.problems.length > 0) throw new PartlyFailed()
          return
        }
        if (plan.steps.length > 0) await upgrade(settings)
        await session.out.show(toJson(plan, databaseFile, plan.steps.length > 0), describeDone(plan))
      }),
    )
}

async function planFor({ isOnServer, databaseFile, DATABASE_URI }: Settings): Promise<UpgradePlan> {
  if (!isOnServer) return (await import('../src/database/sqlite/upgrade-plan.ts')).planUpgrade(databaseFile)
  return (await import('../src/database/postgres/upgrade.ts')).planServerUpgrade(DATABASE_URI)
}

async function upgrade({ isOnServer, databaseFile: path, DATABASE_URI }: Settings): Promise<void> {
  if (isOnServer) {
    const [{ upgradeServer }, { systemClock }] = await Promise.all([
      import('../src/database/postgres/upgrade.ts'),
      import('../src/base/clock.ts'),
    ])
    return upgradeServer(DATABASE_URI, systemClock)
  }
  const [{ takeDaemonLock }, { migrateSqlite }, { systemClock }, { silentLog }] = await Promise.all([
    import('../src/database/sqlite/daemon-lock.ts'),
    import('../src/database/sqlite/sqlite.ts'),
    import('../src/base/clock.ts'),
    import('../src/base/log.ts'),
  ])
  const release = takeDaemonLock(path)
  try {
    await migrateSqlite({ path, clock: systemClock, log: silentLog })
  } finally {
    release()
  }
}

const toJson = (plan: UpgradePlan, database: string, done: boolean): object => ({
  database_file: database,
  from: plan.from,
  to: plan.to,
  steps: plan.steps,
  backups: plan.backups,
  database_bytes: plan.databaseBytes,
  needed_bytes: plan.neededBytes,
  free_bytes: plan.freeBytes ?? null,
  problems: plan.problems,
  done,
})

function describe({ from, to, steps, backups, databaseBytes, neededBytes, freeBytes }: UpgradePlan): string {
  if (from > to) return `The database has the schema version ${from}; this rhizo works with ${to}.`
  if (steps.length === 0) return `The database has the schema version ${from}: there is nothing to upgrade.`
  const head = `The database has the schema version ${from}; this rhizo works with ${to}. An upgrade would do ${steps.join(', ')}`
  if (backups.length === 0) return `${head}.\nOn a PostgreSQL server it makes no backup: make one before, with "rhizo backup".`
  return [
    `${head},`,
    `each after a backup: ${backups.join(', ')}.`,
    `The database takes ${formatSize(databaseBytes)}; the upgrade needs up to ${formatSize(neededBytes)}` +
      (freeBytes === undefined ? '.' : `, and ${formatSize(freeBytes)} are free.`),
  ].join('\n')
}

const describeDone = ({ from, to, steps, backups }: UpgradePlan): string =>
  steps.length === 0
    ? `The database has the schema version ${from}: there was nothing to upgrade.`
    : `Upgraded from version ${from} to ${to}.${backups.length === 0 ? '' : ` Backups: ${backups.join(', ')}.`}`
