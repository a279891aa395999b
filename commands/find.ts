/** `rhizo find`: finds resources by words in their name and path. */
import { RESOURCE_TYPES, resourceTypeName } from '../src/wire/resource-types.ts'
import { requireType } from './ls.ts'
import { action, optionalCount, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  program
    .command('find')
    .description(
      'Find what you may read by words in its name and path. All words must be there, whatever their case; the best comes first.',
    )
    .argument('<words...>', 'parts of names or folders')
    .option('--type <type>', `only entries of this type: ${Object.keys(RESOURCE_TYPES).join(', ')}`)
    .option('-n, --count <number>', 'so many at most, 200 at most (50)')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo find temperature\n  rhizo find north humidity --type sequence\n  rhizo find .csv -n 200 --json',
    )
    .action(
      action(async (session, words, options) => {
        const count = optionalCount(options.count, '--count', 1)
        const client = await session.client()
        const { found, more, results } = await client.resources.search(words.join(' '), {
          ...(options.type === undefined ? {} : { type: requireType(options.type) }),
          ...(count === undefined ? {} : { count }),
        })
        const entries = results.map(({ path, name, id, type }) => ({ path, name, id, type: resourceTypeName(type) }))
        await session.out.list(entries, [
          { title: 'TYPE', value: ({ type }) => type.replace('_folder', '').replace('basic', 'folder') },
          { title: 'PATH', value: ({ path }) => path },
        ])
        const all = more ? `More than ${found}` : String(found)
        if (found > results.length)
          session.out.warn(`${all} fit; these are the first ${results.length}. Say more words, or ask for more with --count.`)
      }),
    )
}
