/** `rhizo doctor`: examines the server on its own machine, and changes nothing. */
import type { Report } from '../src/doctor/report.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { localUrl } from './support/local-server.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('doctor')
    .description(
      'Examine the server on its own machine, stopped or running, and change nothing: settings, permissions of files, the ' +
        "database's structure, every block of values, the content of files, room on the disk, clock and port. Each finding says " +
        'what to do; with any, the exit code is 1.',
    )
    .option('--quick', 'leave out what takes long: blocks of values and the content of files')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo doctor\n  RHIZO_SERVER_SETTINGS=/etc/rhizo/config.yaml rhizo doctor --quick --json\n' +
        '  rhizo doctor > report.txt || mail -s "The lab needs care" ann@example.com < report.txt',
    )
    .action(
      action(async (session, { quick }) => {
        const [{ examine }, { settingsFile }, { systemClock }] = await Promise.all([
          import('../src/doctor/doctor.ts'),
          import('../src/settings/settings.ts'),
          import('../src/base/clock.ts'),
        ])
        const report = await examine({
          file: settingsFile(),
          environment: process.env,
          clock: systemClock,
          urlOf: localUrl,
          isQuick: quick === true,
        })
        await session.out.show({ findings: report.findings, examined: report.counts }, describe(report))
        if (report.findings.length > 0) throw new PartlyFailed()
      }),
    )
}

function describe({ findings, counts }: Report): string {
  const found = findings.map(({ severity, subject, problem, advice }) => `${severity}: ${subject} ${problem}\n  ${advice}`)
  const number = (count: number, what: string): string => `${count.toLocaleString('en')} ${what}`
  const examined = [
    number(counts.settings, 'settings'),
    number(counts.resources, 'resources'),
    number(counts.values, 'values in blocks'),
    number(counts.journal_records, 'journal records'),
    number(counts.revisions, 'revisions'),
  ].join(', ')
  return [...found, `${found.length === 0 ? 'Nothing found' : `${found.length} found`} in ${examined}.`].join('\n')
}
