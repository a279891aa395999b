/** `rhizo database move`: copies the stopped server's database to another place. */
import { readSecretLine } from '../support/prompt.ts'
import { action, type CommandGroup } from '../support/session.ts'

export function define(database: CommandGroup): void {
  database
    .command('move')
    .description(
      "Copy the stopped server's database into a new, empty one: on a PostgreSQL server, or a file. Compares counts and hashes of all " +
        'rows at the end. The database it copies from stays as it is. Interrupted, it goes on where it was.',
    )
    .requiredOption('--to <url>', "postgresql://USER:PASSWORD@HOST/DATABASE or sqlite:////ABSOLUTE/FILE; '-' reads it from stdin")
    .addHelpText(
      'after',
      '\nExamples:\n  pass show lab/database | rhizo database move --to -\n  rhizo database move --to sqlite:////srv/lab/rhizo.db',
    )
    .action(
      action(async (session, { to }) => {
        const [{ loadSettings, settingsFile }, { moveDatabase }, { systemClock }, { silentLog }] = await Promise.all([
          import('../../src/settings/settings.ts'),
          import('../../src/moving-in/move-database.ts'),
          import('../../src/base/clock.ts'),
          import('../../src/base/log.ts'),
        ])
        const url = to === '-' ? await readSecretLine('--to') : to
        const moved = await moveDatabase({ settings: loadSettings(), to: url, clock: systemClock, log: silentLog })
        await session.out.show(
          { from: moved.from, to: moved.to, rows: moved.rows, tables: moved.tables },
          `Copied ${moved.rows.toLocaleString('en')} rows of ${Object.keys(moved.tables).length} tables from ${moved.from} to ` +
            `${moved.to}, and compared them. To go on there, set DATABASE_URI in ${settingsFile()} and start the server.`,
        )
      }),
    )
}
