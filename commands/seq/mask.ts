/** `rhizo seq mask`, `unmask` and `masks`: values that are known to be bad. */
import { invalid } from '../../src/base/fault.ts'
import type { MaskInfo } from '../../src/wire/answers.ts'
import { action, requireNumber, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('mask')
    .description(
      'Mark values as bad: they stay stored, and reads, charts, aggregates, alerts and exports leave them out. Prints the id of the mask.',
    )
    .argument('<path>', 'a sequence')
    .option('--start <time>', 'from this time on, itself included')
    .option('--end <time>', 'up to this time, itself included; without it and --where also what is still to come')
    .option('--where <condition>', "only values that are there now and are like this: 'value > 95', 'value >= 10 and value < 20'")
    .option('--note <text>', 'why')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n"rhizo seq unmask PATH ID" undoes it, and "rhizo seq get --raw" reads what is stored.\n\nExamples:\n` +
        `  rhizo seq mask /lab/freezer/temperature --where 'value > 95' --note "fan off"\n` +
        '  rhizo seq mask /lab/freezer/temperature --start 2026-01-31T12:00 --end 2026-01-31T13:00 --note "probe in hand"',
    )
    .action(
      action(async (session, given, options) => {
        const { where, note } = options
        const [start, end] = [optionalTime(options.start, '--start'), optionalTime(options.end, '--end', true)]
        if (start === undefined && end === undefined && where === undefined)
          throw invalid('Give --start, --end or --where: which values are bad.')
        const client = await session.client()
        const mask = await client.corrections.mask(requirePath(given), { start, end, where, note })
        await session.out.show(mask, `${mask.id}  ${describe(mask)}`)
      }),
    )
  seq
    .command('unmask')
    .description('Take a mask off: everything reads as it did before.')
    .argument('<path>', 'a sequence')
    .argument('<id>', 'its number, as "rhizo seq masks" shows it')
    .addHelpText('after', '\nExamples:\n  rhizo seq unmask /lab/freezer/temperature 3')
    .action(
      action(async (session, given, id) => {
        const client = await session.client()
        await session.out.done(await client.corrections.unmask(requirePath(given), requireNumber(id, 'ID', { least: 1, whole: true })))
      }),
    )
  seq
    .command('masks')
    .description('List the masks of a sequence, the newest first.')
    .argument('<path>', 'a sequence')
    .addHelpText('after', '\nExamples:\n  rhizo seq masks /lab/freezer/temperature --json')
    .action(
      action(async (session, given) => {
        const client = await session.client()
        await session.out.list(await client.corrections.masks(requirePath(given)), [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'FROM', value: (mask) => mask.start_timestamp ?? '(the first)' },
          { title: 'UNTIL', value: (mask) => mask.end_timestamp ?? '(still to come)' },
          { title: 'WHERE', value: ({ where }) => where },
          { title: 'VALUES', value: ({ values }) => values, align: 'right' },
          { title: 'BY', value: ({ by }) => by },
          { title: 'NOTE', value: ({ note }) => note },
        ])
      }),
    )
}

const describe = ({ values, stretches }: MaskInfo): string =>
  `${values.toLocaleString('en')} ${values === 1 ? 'value' : 'values'} in ${stretches} ${stretches === 1 ? 'stretch' : 'stretches'}`
