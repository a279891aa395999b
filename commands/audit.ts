/** `rhizo audit`: who did what, to whom, from where. */
import { Option } from '@commander-js/extra-typings'
import { setTimeout as pause } from 'node:timers/promises'
import type { AuditInfo } from '../src/wire/answers.ts'
import { findOrganizationId } from './support/lookup.ts'
import { action, optionalCount, type CommandGroup } from './support/session.ts'
import { optionalTime, TIME_FORMS } from './support/time-option.ts'

const POLL_MS = 2_000

export function define(program: CommandGroup): void {
  program
    .command('audit')
    .description(
      'Show who did what, to whom, from where, newest first: all of it for system administrators, and with --org what was done in ' +
        'an organization, for its administrators.',
    )
    .option('--org <name>', "name of the organization's folder")
    .option('--start <time>', 'only from this time on')
    .option('--end <time>', 'only up to this time')
    .addOption(new Option('--since <time>', 'the same as --start').hideHelp())
    .addOption(new Option('--until <time>', 'the same as --end').hideHelp())
    .option('--kind <kind>', 'a kind such as key.made, or a group: session, key, permission, member, user, resource, export, refusal, …')
    .option('--user <user>', 'who did it, or to whom: e-mail address, user name or id')
    .option('--thing <part>', 'a part of the path or name of what it was done to')
    .option('-n, --number <n>', 'at most N (100)')
    .option('-f, --follow', 'go on with what is done from now on, until Ctrl+C')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n  rhizo audit --start 7d\n  rhizo audit --kind refusal --start 1d\n` +
        '  rhizo audit --org greenhouse --user ann@example.com --json\n  rhizo audit --kind key -f',
    )
    .action(
      action(async (session, options) => {
        const client = await session.client()
        const { kind, user, thing } = options
        const query = {
          organizationId: options.org === undefined ? undefined : await findOrganizationId(client, options.org),
          kind,
          user,
          thing,
          start: optionalTime(options.start ?? options.since, '--start'),
          end: optionalTime(options.end ?? options.until, '--end', true),
        }
        const count = optionalCount(options.number, '-n', 1)
        const records = await client.audit.list({ ...query, ...(count === undefined ? {} : { count }) })
        if (options.follow !== true) {
          await session.out.list(records, [
            { title: 'WHEN', value: ({ last_timestamp: time }) => time },
            { title: 'KIND', value: (record) => record.kind },
            { title: 'BY', value: ({ by }) => by.name },
            { title: 'FROM', value: ({ address }) => address },
            { title: 'TO', value: subjectOf },
            { title: 'TIMES', value: (record) => record.count, align: 'right' },
          ])
          return
        }
        let last = records[0]?.id ?? 0
        for (const record of records.reverse()) await session.out.show(record, lineOf(record))
        for (;;) {
          await pause(POLL_MS)
          for (const record of await client.audit.list({ ...query, after: last, count: 1_000 })) {
            await session.out.show(record, lineOf(record))
            last = record.id
          }
        }
      }),
    )
}

const subjectOf = ({ subject: { kind, id, name } }: AuditInfo): string => (name !== '' ? name : id === null ? kind : `${kind} ${id}`)

const lineOf = (record: AuditInfo): string =>
  [record.last_timestamp, record.kind, record.by.name, record.address, subjectOf(record)].filter((part) => part !== '').join('  ')
