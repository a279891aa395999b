/** `rhizo seq delete`: removes values of a sequence by time and condition. */
import { invalid } from '../../src/base/fault.ts'
import type { Doomed } from '../../src/client/sequences.ts'
import { confirm } from '../support/prompt.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('delete')
    .description(
      'Remove values of a sequence by time and condition, for good, and keep the sequence. Asks in a terminal, with how many ' +
        'there are. "rhizo seq clear" removes all.',
    )
    .argument('<path>', 'a sequence')
    .option('--start <time>', 'from this time on, itself included')
    .option('--end <time>', 'up to this time, itself included')
    .option('--where <condition>', "only values like this: 'value > 95', 'value >= 10 and value < 20', 'contains \"error\"'")
    .option('--dry-run', 'only say how many values there are')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n` +
        'A condition compares with <, <=, >, >=, = or !=; texts stand in quotes, and can be looked into with contains. Several ' +
        `are joined with "and".\n\nExamples:\n  rhizo seq delete /greenhouse/north/temperature --where 'value > 95' --dry-run\n` +
        '  rhizo seq delete /greenhouse/north/temperature --start 2026-01-31T12:00 --end 2026-01-31T13:00 --yes\n' +
        `  rhizo seq delete /greenhouse/north/log --where 'contains "debug"' --end 30d`,
    )
    .action(
      action(async (session, given, options) => {
        const path = requirePath(given)
        const doomed: Doomed = {
          start: optionalTime(options.start, '--start'),
          end: optionalTime(options.end, '--end', true),
          where: options.where,
        }
        if (Object.values(doomed).every((part) => part === undefined))
          throw invalid('Give --start, --end or --where: which values to remove. "rhizo seq clear" removes all.')
        const client = await session.client()
        if (options.dryRun === true) {
          const matching = await client.sequences.countDoomed(path, doomed)
          await session.out.show({ path, matching, deleted: 0 }, `${countText(matching)} of ${path} would be removed.`)
          return
        }
        if (options.yes !== true) {
          const matching = await client.sequences.countDoomed(path, doomed)
          if (matching === 0) {
            await session.out.done({ path, deleted: 0 })
            return
          }
          if (!(await confirm(`Remove ${countText(matching)} of ${path} for good?`))) return
        }
        const deleted = await client.sequences.removeValues(path, doomed)
        await session.out.done({ path, deleted })
      }),
    )
}

const countText = (count: number): string => (count === 1 ? '1 value' : `${count.toLocaleString('en')} values`)
