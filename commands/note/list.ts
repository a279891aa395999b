/** `rhizo note ls`: lists notes. */
import { action, optionalCount, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(note: CommandGroup): void {
  note
    .command('ls')
    .description('List the notes on a resource, on the folders above it and on all below it, the latest first.')
    .argument('[path]', 'a sequence, a controller or a folder; everywhere unless given')
    .option('--start <time>', 'those that reach beyond this time')
    .option('--end <time>', 'those that begin by this time')
    .option('--text <words>', 'those with all these words in text or tags')
    .option('--tag <tag>', 'those with this tag')
    .option('-n, --number <n>', 'at most N, the latest')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo note ls /lab/freezer/temperature --start 7d\n  rhizo note ls --text "door open" --json',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = given === undefined || given === '/' ? undefined : requirePath(given)
        const notes = await client.notes.list(path, {
          start: optionalTime(options.start, '--start'),
          end: optionalTime(options.end, '--end', true),
          text: options.text,
          tag: options.tag,
          count: optionalCount(options.number, '-n', 1),
        })
        await session.out.list(notes, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'FROM', value: (row) => row.start_timestamp },
          { title: 'UNTIL', value: (row) => row.end_timestamp },
          { title: 'PATH', value: (row) => row.path },
          { title: 'BY', value: ({ by }) => by.name },
          { title: 'TAGS', value: ({ tags }) => tags.join(', ') },
          { title: 'TEXT', value: ({ text }) => text },
        ])
      }),
    )
}
