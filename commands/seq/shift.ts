/** `rhizo seq shift`: moves values of a sequence in time. */
import { confirm } from '../support/prompt.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { TIME_FORMS, timeOption } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('shift')
    .description(
      'Move values of a sequence in time: those that were stamped while a clock was wrong. All of them or none; where values that stay ' +
        'lie among the new times, nothing is moved. Asks in a terminal, and prints the command that moves them back.',
    )
    .argument('<path>', 'a sequence')
    .requiredOption('--start <time>', 'from this time on, itself included')
    .requiredOption('--end <time>', 'up to this time, itself included')
    .requiredOption('--by <duration>', 'how much later, such as 3h or 90s, or with a minus how much earlier: -3h')
    .option('--dry-run', 'only say what would be moved')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo seq shift /greenhouse/north/temperature --start 2026-01-31T15:00 --end 2026-01-31T18:00 --by -3h --dry-run\n' +
        '  rhizo seq shift /greenhouse/north/log --start 1970-01-01 --end 1970-01-02 --by 20484d --yes',
    )
    .action(
      action(async (session, given, options) => {
        const path = requirePath(given)
        const shift = { start: timeOption(options.start, '--start'), end: timeOption(options.end, '--end', true), by: options.by }
        const client = await session.client()
        if (options.dryRun === true || options.yes !== true) {
          const trial = await client.sequences.shift(path, { ...shift, isTrial: true })
          const count = trial.matching === 1 ? '1 value' : `${trial.matching.toLocaleString('en')} values`
          const goal = trial.first_timestamp === null ? '' : `, to ${trial.first_timestamp} … ${trial.last_timestamp ?? ''}`
          if (options.dryRun === true || trial.matching === 0) {
            await session.out.show(trial, `${count} of ${path} would be moved${goal}.`)
            return
          }
          if (!(await confirm(`Move ${count} of ${path}${goal}?`))) return
        }
        const answer = await client.sequences.shift(path, shift)
        await session.out.show(answer, answer.undo === null ? '' : `Moved ${answer.moved}. Back again: ${answer.undo}`)
      }),
    )
}
