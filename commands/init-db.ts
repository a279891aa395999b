/** `rhizo init-db`: creates the settings file and the database if they are missing, and upgrades an older database. */
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('init-db')
    .description(
      'Create the settings file with generated secrets (settings/config.yaml, or what RHIZO_SERVER_SETTINGS names) and the ' +
        'database, where they are missing. A database of an older version is brought up to date, after a backup.',
    )
    .option(
      '--adopt',
      'take the settings and the database as they are now for one lab, though they were not used together before: with another ' +
        'SALT, after which all keys have to be made again; with a new, empty database in place of one that is gone; or with a storage ' +
        'folder, or bucket, that lost its files',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo init-db\n  RHIZO_SERVER_SETTINGS=/etc/rhizo/config.yaml rhizo init-db\n  rhizo init-db --adopt',
    )
    .action(
      action(async (session, { adopt }) => {
        const [{ initializeSettings, loadSettings, settingsFile }, { openContext }, { systemClock }, { silentLog }] = await Promise.all([
          import('../src/settings/settings.ts'),
          import('../src/open-context.ts'),
          import('../src/base/clock.ts'),
          import('../src/base/log.ts'),
        ])
        const file = settingsFile()
        const made = initializeSettings(file)
        const settings = loadSettings(file)
        const opened = await openContext(settings, { clock: systemClock, log: silentLog, acquaintance: adopt ? 'adopt' : 'first' })
        await opened.close()
        const text = process.stdout.isTTY ? `settings  ${file}${made ? ' (new)' : ''}\ndatabase  ${settings.databaseFile}` : ''
        await session.out.show({ settings_file: file, settings_made: made, database_file: settings.databaseFile }, text)
      }),
    )
}
