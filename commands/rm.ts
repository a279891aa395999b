/** `rhizo rm`: deletes resources. */
import { invalid } from '../src/base/fault.ts'
import { isFolderType } from '../src/wire/resource-types.ts'
import { confirm } from './support/prompt.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('rm')
    .description(
      'Delete files, sequences and folders. They stay recoverable with "rhizo undelete" until their name is used again, unless ' +
        '--purge is given.',
    )
    .argument('<paths...>', 'what to delete')
    .option('-r, --recursive', 'folders too, with all that is in them')
    .option('--purge', 'for good, which cannot be undone')
    .option('-y, --yes', 'do not ask before a purge')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo rm /greenhouse/old.txt\n  rhizo rm -r /greenhouse/archive\n  rhizo rm -r --purge --yes /greenhouse/archive',
    )
    .action(
      action(async (session, paths, options) => {
        const client = await session.client()
        const removed: { path: string; purged: boolean }[] = []
        const purge = options.purge === true
        for (const path of paths.map(requirePath)) {
          // A resource that is deleted already can still be purged, but has no metadata to check.
          const resource = purge ? await client.resources.find(path) : await client.resources.info(path)
          if (resource !== undefined && isFolderType(resource.type) && options.recursive !== true)
            throw invalid(`${path} is a folder; give -r to delete it with all that is in it.`)
          if (purge && options.yes !== true && !(await confirm(`Delete ${path} for good?`))) continue
          await client.resources.remove(path, { purge })
          removed.push({ path, purged: purge })
        }
        await session.out.done(removed)
      }),
    )
}
