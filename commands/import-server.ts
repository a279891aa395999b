/** `rhizo import-server`: brings the lab of an original rhizo-server over. */
import type { ImportReport } from '../src/moving-in/import-server.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { movedJson, movedText } from './support/moved-report.ts'
import type { Progress } from './support/progress.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('import-server')
    .description(
      'Bring the lab of an original rhizo-server into a new database: users with their passwords, keys, organizations, permissions, ' +
        'files with all revisions, sequences, images. The original is only read; stop it first, so that nothing is missed. What is ' +
        'interrupted goes on when it is run again.',
    )
    .argument(
      '<source>',
      "its SQLite file, or the URL of its PostgreSQL database (its SQLALCHEMY_DATABASE_URI); '-' reads the URL from stdin",
    )
    .option(
      '--storage <place>',
      'its bulk storage: the folder that FILE_SYSTEM_STORAGE_PATH names, or s3://BUCKET; not given: the bucket that --config names, if any',
    )
    .option('--config <file>', 'its config.py, whose SALT and mail settings go into the settings file here')
    .option('--keep-time-zones', 'leave organizations the time zone US/Pacific, which the original wrote into each and never used')
    .option('--dry-run', 'read and count all of it, name what can not be taken, and write nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo import-server rhizo.db --config settings/config.py --storage storage --dry-run\n' +
        '  rhizo import-server rhizo.db --config settings/config.py --storage storage\n' +
        '  rhizo import-server postgresql://rhizo@localhost/rhizo --config config.py --storage s3://greenhouse-files\n',
    )
    .action(
      action(async ({ out }, place, options) => {
        const [{ importServer }, { settingsFile }, { systemClock }, { silentLog }] = await Promise.all([
          import('../src/moving-in/import-server.ts'),
          import('../src/settings/settings.ts'),
          import('../src/base/clock.ts'),
          import('../src/base/log.ts'),
        ])
        let bar: { step: string; progress: Progress } | undefined
        const report: ImportReport = await importServer({
          place: place === '-' ? await readUrl() : place,
          storage: options.storage,
          config: options.config,
          keepsZones: options.keepTimeZones === true,
          isTrial: options.dryRun === true,
          settingsFile: settingsFile(),
          environment: process.env,
          clock: systemClock,
          log: silentLog,
          onProgress: (step, revisions, total) => {
            if (bar?.step !== step) {
              bar?.progress.end()
              bar = { step, progress: out.progress(step === 'bring' ? 'values and files' : 'comparing', total) }
            }
            bar.progress.advance(revisions)
          },
        })
        bar?.progress.end()
        await out.show(movedJson(report), movedText(report))
        if (report.different.length > 0 || report.findings.leftOut.length > 0) throw new PartlyFailed()
      }),
    )
}

/** A URL with a password does not belong on a command line, which others can see. */
async function readUrl(): Promise<string> {
  let text = ''
  for await (const part of process.stdin) text += String(part)
  return text.trim()
}
