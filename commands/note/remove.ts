/** `rhizo note rm`: removes a note. */
import { action, requireNumber, type CommandGroup } from '../support/session.ts'

export function define(note: CommandGroup): void {
  note
    .command('rm')
    .description('Remove a note.')
    .argument('<id>', 'its number, as "rhizo note ls" shows it')
    .addHelpText('after', '\nExamples:\n  rhizo note rm 12')
    .action(
      action(async (session, given) => {
        const id = requireNumber(given, 'ID', { least: 1, whole: true })
        const client = await session.client()
        await client.notes.remove(id)
        await session.out.done({ id })
      }),
    )
}
