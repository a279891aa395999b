/** `rhizo link`: secret links, by which people without an account read. */
import { invalid } from '../src/base/fault.ts'
import { DURATION_FORMS, optionalDuration } from './support/duration-option.ts'
import { action, requireNumber, requirePath, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const link = program
    .command('link')
    .description('Secret links: whoever has one reads what it is to, and nothing else, without an account, until it expires.')

  link
    .command('create')
    .description(
      'Make a secret link to a sequence, a file or a folder and all below it, and print its address, which is shown this once. ' +
        'What stands after a question mark is the state of the page, as its address in a browser has it.',
    )
    .argument('<path>', 'what it shows, such as /lab/freezer or "/lab/freezer/temperature?range=week"')
    .option('--for <duration>', 'how long it is valid; 30d unless given')
    .option('--note <text>', 'what or who it is for')
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\n\nExamples:\n  rhizo link create /lab/freezer/temperature --for 7d --note "for the auditor"\n` +
        '  rhizo link create "/lab/freezer/temperature?range=week&with=/lab/oven/temperature"\n' +
        '  rhizo link create /lab/run7.zip --json',
    )
    .action(
      action(async (session, given, options) => {
        const [path, query] = split(given)
        const client = await session.client()
        const made = await client.links.create(requirePath(path), {
          query,
          note: options.note,
          seconds: optionalDuration(options.for, '--for'),
        })
        await session.out.show(made, made.url)
      }),
    )

  link
    .command('ls')
    .description('List secret links: to a resource and all below it, or those that you made.')
    .argument('[path]', 'a sequence, a file or a folder')
    .addHelpText('after', '\nExamples:\n  rhizo link ls /lab\n  rhizo link ls --json')
    .action(
      action(async (session, given) => {
        const client = await session.client()
        const links = await client.links.list(given === undefined || given === '/' ? undefined : requirePath(given))
        await session.out.list(links, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'PATH', value: ({ path, query }) => (query === '' ? path : `${path}?${query}`) },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'UNTIL', value: (row) => row.expiration_timestamp },
          { title: 'OPENED', value: ({ uses }) => uses, align: 'right' },
          { title: 'LAST USED', value: (row) => row.last_use_timestamp },
          { title: 'BY', value: ({ by }) => by },
          { title: 'NOTE', value: ({ note }) => note },
        ])
      }),
    )

  link
    .command('rm')
    .description('Withdraw secret links at once, also where they are open.')
    .argument('<ids...>', 'ids, as "rhizo link ls" shows them')
    .addHelpText('after', '\nExamples:\n  rhizo link rm 3')
    .action(
      action(async (session, ids) => {
        const numbers = ids.map((id) => requireNumber(id, 'ID', { least: 1, whole: true }))
        const client = await session.client()
        for (const id of numbers) await client.links.revoke(id)
        await session.out.done(numbers.map((id) => ({ id })))
      }),
    )
}

/** Path and state of a page, as an address has them. */
function split(given: string): [path: string, query: string | undefined] {
  if (/^https?:/i.test(given)) throw invalid('PATH is a path on the server, such as /lab/freezer, and not an address.')
  const at = given.indexOf('?')
  return at === -1 ? [given, undefined] : [given.slice(0, at), given.slice(at + 1)]
}
