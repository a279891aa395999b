/** `rhizo upgrade`: brings the database of the server on this machine up to date, or says what that would do. */
import type { UpgradePlan } from '../src/database/sqlite/upgrade-plan.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { formatSize } from './support/output.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('upgrade')
    .description(
      "Bring the stopped server's database up to date, as its next start would: before each step a backup is made beside the " +
        'database, checked, and only then takes its name. With --check it changes nothing and says what would be done, how much ' +
        'room that takes, and what stands in the way; with anything in the way, the exit code is 1.',
    )
    .option('--check', 'only say what would be done')
    .addHelpText('after', '\nExamples:\n  rhizo upgrade --check\n  systemctl stop rhizo && rhizo upgrade && systemctl start rhizo')
    .action(
      action(async (session, options) => {
        const [{ loadSettings }, { requireDatabaseFile }, { planUpgrade }] = await Promise.all([
          import('../src/settings/settings.ts'),
          import('../src/settings/database-url.ts'),
          import('../src/database/sqlite/upgrade-plan.ts'),
        ])
        const settings = loadSettings()
        requireDatabaseFile(settings, 'Upgrading by itself', 'the next start of the server does it. Make a pg_dump before.')
        const { databaseFile } = settings
        const plan = await planUpgrade(databaseFile)
        if (options.check === true || plan.problems.length > 0) {
          await session.out.show(toJson(plan, databaseFile, false), describe(plan))
          for (const problem of plan.problems) session.out.warn(problem)
          if (plan.problems.length > 0) throw new PartlyFailed()
          return
        }
        if (plan.steps.length > 0) await upgrade(databaseFile)
        await session.out.show(toJson(plan, databaseFile, plan.steps.length > 0), describeDone(plan))
      }),
    )
}

async function upgrade(path: string): Promise<void> {
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
  if (steps.length === 0) return `The database has the schema version ${from}: there is nothing to upgrade.`
  return [
    `The database has the schema version ${from}; this rhizo works with ${to}. An upgrade would do ${steps.join(', ')},`,
    `each after a backup: ${backups.join(', ')}.`,
    `The database takes ${formatSize(databaseBytes)}; the upgrade needs up to ${formatSize(neededBytes)}` +
      (freeBytes === undefined ? '.' : `, and ${formatSize(freeBytes)} are free.`),
  ].join('\n')
}

const describeDone = ({ from, to, steps, backups }: UpgradePlan): string =>
  steps.length === 0
    ? `The database has the schema version ${from}: there was nothing to upgrade.`
    : `Upgraded from version ${from} to ${to}. Backups: ${backups.join(', ')}.`
