/** `rhizo revisions`: lists the revisions of a file. */
import { formatSize } from './support/output.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('revisions')
    .description('List the states that a file has had, newest first.')
    .argument('<path>', 'a file')
    .addHelpText('after', '\nExamples:\n  rhizo revisions /greenhouse/notes.txt\n  rhizo cat /greenhouse/notes.txt --rev 1234')
    .action(
      action(async (session, path) => {
        const revisions = await (await session.client()).resources.revisions(requirePath(path))
        await session.out.list(revisions, [
          { title: 'REVISION', value: ({ id }) => id, align: 'right' },
          { title: 'TIME', value: ({ timestamp }) => timestamp },
          { title: 'SIZE', value: ({ size }) => formatSize(size), align: 'right' },
          { title: 'SHA-1', value: ({ hash }) => hash },
        ])
      }),
    )
}
