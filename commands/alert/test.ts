/** `rhizo alert test`: shows when an alert would have been on, judging by stored values. */
import { Option } from '@commander-js/extra-typings'
import { invalid } from '../../src/base/fault.ts'
import { withUnits } from '../../src/wire/alert-words.ts'
import { DURATION_FORMS } from '../support/duration-option.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'
import { addConditionOptions, conditionOf } from './condition.ts'

export function define(alert: CommandGroup): void {
  const command = alert
    .command('test')
    .description('List when an alert would have been on, by the values that are stored. Tells nobody and changes nothing.')
    .argument('<path>', 'a sequence')
  addConditionOptions(command)
    .option('--name <name>', 'an alert that it has; its only one unless given')
    .option('--start <time>', 'from this time on; all that is stored unless given')
    .option('--end <time>', 'up to this time')
    .addOption(new Option('--since <time>', 'the same as --start').hideHelp())
    .addOption(new Option('--until <time>', 'the same as --end').hideHelp())
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo alert test /lab/freezer/temperature --start 30d\n' +
        '  rhizo alert test /lab/freezer/temperature --above -15 --for 10m --start 30d\n' +
        '  rhizo alert test /lab/freezer/temperature --silent 30m --start 2026-01-01 --json',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = requirePath(given)
        const condition = conditionOf(options)
        if (condition && options.name !== undefined)
          throw invalid('--name is one of the alerts that it has; a condition is another. Give one of the two.')
        const rule = condition ?? options.name ?? (await onlyName(client.alerts.list(path), path))
        const { count, units, firings } = await client.alerts.test(path, rule, {
          start: optionalTime(options.start ?? options.since, '--start'),
          end: optionalTime(options.end ?? options.until, '--end', true),
        })
        const rows = firings.map(({ told, ...firing }) => ({ ...firing, units, told }))
        await session.out.list(rows, [
          { title: 'ON', value: (row) => row.start_timestamp },
          { title: 'OFF', value: (row) => row.end_timestamp ?? 'still on' },
          { title: 'VALUE', value: ({ value }) => (value === null ? '' : withUnits(value, units)), align: 'right' },
          { title: '', value: (row) => (row.told ? '' : 'not told (--quiet)') },
        ])
        if (count > firings.length)
          session.out.warn(
            `It would have been on ${count} times; the first ${firings.length} are listed. A hysteresis or a time to hold ` +
              '(--for) makes it fewer.',
          )
      }),
    )
}

async function onlyName(listing: Promise<{ name: string }[]>, path: string): Promise<string> {
  const [first, ...others] = await listing
  if (!first) throw invalid(`${path} has no alert: say which one to try, such as --above 8.`)
  if (others.length > 0)
    throw invalid(
      `${path} has several alerts: choose one with --name: ${[first, ...others].map(({ name }) => JSON.stringify(name)).join(', ')}.`,
    )
  return first.name
}
