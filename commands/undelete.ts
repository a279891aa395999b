/** `rhizo undelete`: restores deleted resources. */
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('undelete')
    .description('Bring back what "rhizo rm" has deleted, as long as its name was not used again.')
    .argument('<paths...>', 'paths that the resources had')
    .addHelpText('after', '\nExamples:\n  rhizo undelete /greenhouse/old.txt')
    .action(
      action(async (session, paths) => {
        const client = await session.client()
        const restored: { path: string; id: number }[] = []
        for (const path of paths.map(requirePath)) restored.push({ path, id: await client.resources.undelete(path) })
        await session.out.done(restored)
      }),
    )
}
