/** `rhizo mkdir`: creates folders. */
import { Fault } from '../src/base/fault.ts'
import { isFolderType } from '../src/wire/resource-types.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('mkdir')
    .description('Make folders, and those above them where they are missing.')
    .argument('<paths...>', 'folders to make')
    .option('-p, --parents', 'no error when a folder is there already')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo mkdir /greenhouse/reports\n  rhizo mkdir -p /greenhouse/photos/2026 /greenhouse/photos/2027',
    )
    .action(
      action(async (session, paths, options) => {
        const client = await session.client()
        const made: { path: string; id: number }[] = []
        for (const path of paths.map(requirePath)) {
          const there = options.parents === true ? await client.resources.find(path) : undefined
          if (there !== undefined && !isFolderType(there.type)) throw new Fault('conflict', `${path} is there already, and is no folder.`)
          made.push({ path, id: there?.id ?? (await client.resources.createFolder(path)) })
          if (there === undefined) await session.tellMade(path)
        }
        await session.out.done(made)
      }),
    )
}
