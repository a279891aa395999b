/** `rhizo mv`: renames and moves resources. */
import { joinPath, splitLast } from '../src/base/path.ts'
import { isFolderType } from '../src/wire/resource-types.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('mv')
    .description('Rename a resource, or move it into another folder.')
    .argument('<from>', 'what to move')
    .argument('<to>', 'its new path; an existing folder, or a path that ends in a slash, takes it in under its own name')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo mv /greenhouse/notes.txt /greenhouse/notes-2025.txt\n  rhizo mv /greenhouse/notes.txt /greenhouse/archive/',
    )
    .action(
      action(async (session, from, to) => {
        const client = await session.client()
        const source = requirePath(from)
        let target = requirePath(to)
        const there = await client.resources.find(target)
        if (to.endsWith('/') || (there !== undefined && isFolderType(there.type))) target = joinPath(target, splitLast(source)[1])
        await client.resources.move(source, target)
        await session.out.done({ from: source, path: target })
      }),
    )
}
