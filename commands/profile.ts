/** `rhizo profile`: servers that `rhizo login` has remembered. */
import { invalid } from '../src/base/fault.ts'
import type { Profiles } from '../src/client/profiles.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const profile = program
    .command('profile')
    .description('Servers that "rhizo login" has remembered, in profiles.yaml in the user\'s config folder.')

  profile
    .command('ls')
    .description('List the profiles.')
    .addHelpText('after', '\nExamples:\n  rhizo profile ls --json')
    .action(
      action(async (session) => {
        const { current, profiles } = await read()
        const rows = Object.entries(profiles).map(([name, { server, identity }]) => ({
          name,
          server,
          identity: identity ?? null,
          current: name === current,
        }))
        await session.out.list(rows, [
          { title: '', value: (row) => (row.current ? '*' : ' ') },
          { title: 'NAME', value: (row) => row.name },
          { title: 'SERVER', value: (row) => row.server },
          { title: 'AS', value: (row) => row.identity },
        ])
      }),
    )

  profile
    .command('use')
    .description('Make a profile the current one.')
    .argument('<name>', 'its name')
    .addHelpText('after', '\nExamples:\n  rhizo profile use greenhouse')
    .action(
      action(async (session, name) => {
        const content = await read()
        requireProfile(content, name)
        await write({ ...content, current: name })
        await session.out.done({ name })
      }),
    )

  profile
    .command('rm')
    .description('Forget a profile, and leave its key valid on the server; "rhizo logout" revokes that too.')
    .argument('<name>', 'its name')
    .addHelpText('after', '\nExamples:\n  rhizo profile rm greenhouse')
    .action(
      action(async (session, name) => {
        const content = await read()
        requireProfile(content, name)
        const others = Object.fromEntries(Object.entries(content.profiles).filter(([other]) => other !== name))
        await write({ current: content.current === name ? undefined : content.current, profiles: others })
        await session.out.done({ name })
      }),
    )
}

async function read(): Promise<Profiles> {
  return (await import('../src/client/profiles.ts')).readProfiles()
}

async function write(content: Profiles): Promise<void> {
  await (await import('../src/client/profiles.ts')).writeProfiles(content)
}

function requireProfile({ profiles }: Profiles, name: string): void {
  if (profiles[name] === undefined) throw invalid(`There is no profile ${JSON.stringify(name)}; "rhizo profile ls" lists them.`)
}
