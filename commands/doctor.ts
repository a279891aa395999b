/** `rhizo doctor`: examines the server on its own machine, and changes nothing. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { conflict } from '../src/base/fault.ts'
import type { Report } from '../src/doctor/report.ts'
import { define as defineClock } from './doctor/clock.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { localUrl } from './support/local-server.ts'
import { action, type CommandGroup, type Session } from './support/session.ts'

export function define(program: CommandGroup): void {
  const doctor = program
    .command('doctor')
    .description(
      'Examine the server on its own machine, stopped or running, and change nothing: settings, permissions of files, the ' +
        "database's structure, every block of values, the content of files, room on the disk, clock and port. Each finding says " +
        'what to do; with any, the exit code is 1.',
    )
    .option('--quick', 'leave out what takes long: blocks of values and the content of files')
    .option(
      '--salvage <new>',
      'make a sound lab of a damaged one in this new folder, from all that can be read, check it, and list what is gone; the damaged ' +
        'one is only read. Stop the server before. With anything gone, the exit code is 1',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo doctor\n  RHIZO_SERVER_SETTINGS=/etc/rhizo/config.yaml rhizo doctor --quick --json\n' +
        '  rhizo doctor --salvage /media/disk/lab\n' +
        '  rhizo doctor > report.txt || mail -s "The lab needs care" ann@example.com < report.txt',
    )
    .action(
      action(async (session, { quick, salvage: to }) => {
        if (typeof to === 'string') return salvageTo(session, to)
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
          watch: { begin: (what, total) => session.out.progress(`examining ${what}`, total) },
        })
        await session.out.show({ findings: report.findings, examined: report.counts }, describe(report))
        if (report.findings.length > 0) throw new PartlyFailed()
      }),
    )
  defineClock(doctor)
}

async function salvageTo({ out }: Session, to: string): Promise<void> {
  const [{ salvage }, { loadSettings }, { systemClock }, { runningDaemon }] = await Promise.all([
    import('../src/doctor/salvage.ts'),
    import('../src/settings/settings.ts'),
    import('../src/base/clock.ts'),
    import('../src/database/sqlite/daemon-lock.ts'),
  ])
  const settings = loadSettings()
  const pid = existsSync(`${settings.databaseFile}.lock`) ? runningDaemon(settings.databaseFile) : undefined
  if (pid !== undefined) throw conflict(`The server (process ${pid}) is running on ${settings.databaseFile}. Stop it first.`)
  const { gone, saved, report, database, storage } = await salvage(settings, resolve(to), systemClock)
  const next =
    `To go on with the new lab, set in ${settings.file ?? 'the settings'}:\n  DATABASE_URI: sqlite:///${database}\n` +
    `  FILE_SYSTEM_STORAGE_PATH: ${storage}\nand start the server. Keep the damaged one until you know that nothing is missed.`
  const counts = ['resources', 'users', 'keys', 'resource_revisions', 'values', 'sequence_journal']
  const names = ['resources', 'users', 'keys', 'revisions of files', 'values in blocks', 'records of new values']
  const lines = [
    ...gone.map((what) => `gone: ${what}`),
    ...report.findings.map(({ severity, subject, problem, advice }) => `${severity} in the new lab: ${subject} ${problem}\n  ${advice}`),
    `Saved ${counts.map((table, at) => `${(saved[table] ?? 0).toLocaleString('en')} ${names[at] ?? ''}`).join(', ')}.`,
    gone.length === 0 ? 'Nothing is gone.' : `${gone.length} things are gone.`,
    next,
  ]
  await out.show({ gone, saved, findings: report.findings, database, storage }, lines.join('\n'))
  if (gone.length > 0 || report.findings.length > 0) throw new PartlyFailed()
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
