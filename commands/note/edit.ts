/** `rhizo note edit`: changes a note. */
import { invalid } from '../../src/base/fault.ts'
import { action, requireNumber, type CommandGroup } from '../support/session.ts'
import { TIME_FORMS } from '../support/time-option.ts'
import { timesOf } from './times.ts'

export function define(note: CommandGroup): void {
  note
    .command('edit')
    .description('Change a note. What is not given stays.')
    .argument('<id>', 'its number, as "rhizo note ls" shows it')
    .argument('[text]', 'what it says from now on')
    .option('--at <time>', 'a moment, in place of its time or stretch')
    .option('--start <time>', 'its beginning')
    .option('--end <time>', 'its end')
    .option('--tag <tag...>', 'its tags, all of them; "" for none')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n  rhizo note edit 12 "door open, closed by Ann"\n  rhizo note edit 12 --end now`,
    )
    .action(
      action(async (session, id, text, options) => {
        const { start, end } = timesOf(options)
        const changes = { text, tags: options.tag, start, end: options.at === undefined ? end : null }
        if (Object.values(changes).every((change) => change === undefined))
          throw invalid('Say what to change: the text, --at, --start, --end or --tag.')
        const client = await session.client()
        await session.out.done(await client.notes.edit(requireNumber(id, 'ID', { least: 1, whole: true }), changes))
      }),
    )
}
