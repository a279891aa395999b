/** `rhizo alert history`: shows when alerts were on. */
import { Option } from '@commander-js/extra-typings'
import type { AlertHistory } from '../../src/client/types.ts'
import { conditionWithUnits, withUnits } from '../../src/wire/alert-words.ts'
import { action, optionalCount, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(alert: CommandGroup): void {
  alert
    .command('history')
    .description('Show when alerts were on, newest first: from when to when, the lowest and highest value, who was told and who took care.')
    .argument('[path]', 'a sequence, a controller, or a folder with such; everywhere unless given')
    .option('--name <name>', 'only the alert of this name')
    .option('--start <time>', 'only those that were still on at this time or later')
    .option('--end <time>', 'only those that were on at this time or before')
    .addOption(new Option('--since <time>', 'the same as --start').hideHelp())
    .addOption(new Option('--until <time>', 'the same as --end').hideHelp())
    .option('-n, --number <n>', 'at most N (100)')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n  rhizo alert history /lab/freezer/temperature --json\n` +
        '  rhizo alert history /lab --start 2026-03-01 --end 2026-03-31\n  rhizo alert history -n 10',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const firings = await client.alerts.history(given === undefined ? undefined : requirePath(given), {
          name: options.name,
          start: optionalTime(options.start ?? options.since, '--start'),
          end: optionalTime(options.end ?? options.until, '--end', true),
          count: optionalCount(options.number, '-n', 1),
        })
        await session.out.list(firings, [
          { title: 'ON', value: (row) => row.start_timestamp },
          { title: 'OFF', value: (row) => row.end_timestamp ?? 'still on' },
          { title: 'PATH', value: (row) => row.path },
          { title: 'CONDITION', value: (row) => conditionWithUnits(row.condition, row.units) },
          { title: 'LOWEST', value: ({ lowest, units }) => (lowest === null ? '' : withUnits(lowest, units)), align: 'right' },
          { title: 'HIGHEST', value: ({ highest, units }) => (highest === null ? '' : withUnits(highest, units)), align: 'right' },
          { title: 'TOLD', value: describeTold },
          { title: 'ON IT', value: ({ acknowledged }) => (acknowledged === null ? '' : (acknowledged.by ?? 'somebody')) },
        ])
      }),
    )
}

/** `start: ann@example.com (sent)`. */
const describeTold = ({ told }: AlertHistory): string =>
  told.map(({ what, recipients, count, states }) => `${what}: ${recipients?.join(' ') ?? count} (${states.join(', ')})`).join('; ')
