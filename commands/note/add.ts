/** `rhizo note add`: notes something. */
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { TIME_FORMS } from '../support/time-option.ts'
import { timesOf } from './times.ts'

export function define(note: CommandGroup): void {
  note
    .command('add')
    .description('Note something about now, another time, or a stretch of time. Prints the id of the note.')
    .argument('<path>', 'a sequence, a controller or a folder')
    .argument('<text>', 'what to note')
    .option('--at <time>', 'when; now unless given')
    .option('--start <time>', 'from this time on, for a stretch')
    .option('--end <time>', 'up to this time')
    .option('--tag <tag...>', 'words to find it by')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n  rhizo note add /lab/freezer/temperature "door open"\n` +
        '  rhizo note add /lab/freezer "defrosted" --start 2026-01-31T08:00 --end 2026-01-31T11:30 --tag maintenance\n' +
        '  rhizo note add /lab "power cut" --at 20m',
    )
    .action(
      action(async (session, path, text, options) => {
        const client = await session.client()
        const { start, end } = timesOf(options)
        const added = await client.notes.add(requirePath(path), { text, tags: options.tag, start, end })
        await session.out.show(added, String(added.id))
      }),
    )
}
