/** `rhizo seq clear`: removes all values of a sequence. */
import { confirm } from '../support/prompt.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('clear')
    .description('Remove all values of a sequence, for good, and keep the sequence. Asks in a terminal.')
    .argument('<path>', 'a sequence')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', '\nExamples:\n  rhizo seq clear /greenhouse/north/temperature --yes')
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = requirePath(given)
        await client.sequences.info(path)
        if (options.yes !== true && !(await confirm(`Remove all values of ${path}?`))) return
        await client.sequences.clear(path)
        await session.out.done({ path })
      }),
    )
}
