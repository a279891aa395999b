/** `rhizo extension`: the server's extensions, as its settings name them, and the commands that they bring. */
import { invalid, notFound } from '../src/base/fault.ts'
import type { Found } from '../src/extensions/find.ts'
import type { Method } from '../src/extensions/interface.ts'
import { PartlyFailed } from './support/exit-code.ts'
import { action, type CommandGroup, type Session } from './support/session.ts'

export function define(program: CommandGroup): void {
  const extension = program
    .command('extension')
    .description("Extensions of the server on this machine: code of the lab's own, in folders that EXTENSIONS_FOLDER holds.")

  extension
    .command('ls')
    .description('List what the settings name, in the order in which it is set up, and why some can not be. Sets nothing up.')
    .addHelpText('after', '\nExamples:\n  rhizo extension ls\n  rhizo extension ls --json')
    .action(
      action(async (session) => {
        const { extensions, problems } = await find()
        const rows = [
          ...extensions.map(({ definition: { name, version, commands = {} }, actsAs }) => ({
            name,
            version,
            acts_as: actsAs ?? null,
            commands: Object.entries(commands).map(([command, { summary }]) => ({ name: command, summary })),
            problem: null,
          })),
          ...[...problems].map(([name, problem]) => ({ name, version: null, acts_as: null, commands: [], problem })),
        ]
        await session.out.list<(typeof rows)[number]>(rows, [
          { title: 'NAME', value: (row) => row.name },
          { title: 'VERSION', value: (row) => row.version },
          { title: 'ACTS AS', value: (row) => row.acts_as },
          { title: 'COMMANDS', value: (row) => row.commands.map(({ name }) => name).join(', ') },
          { title: 'PROBLEM', value: (row) => row.problem },
        ])
        if (problems.size > 0) throw new PartlyFailed()
      }),
    )

  extension
    .command('run')
    .description('Run a command that an extension brings, against its server.')
    .argument('<name>', 'of the extension')
    .argument('<command>', 'one of those that "rhizo extension ls" lists')
    .argument('[args...]', 'what the command takes')
    .addHelpText('after', '\nExamples:\n  rhizo extension run derived-values backfill')
    .action(action(async (session, name, command, args) => run(session, name, command, args)))
}

async function find(): Promise<Found> {
  const [{ findExtensions }, { loadSettings }] = await Promise.all([
    import('../src/extensions/find.ts'),
    import('../src/settings/settings.ts'),
  ])
  return findExtensions(loadSettings())
}

async function run(session: Session, name: string, command: string, args: readonly string[]): Promise<void> {
  const { extensions, problems } = await find()
  const found = extensions.find(({ definition }) => definition.name === name)
  if (!found) throw notFound(`The extension ${name} can't be used: ${problems.get(name) ?? 'the settings do not name it in EXTENSIONS.'}`)
  const { commands = {} } = found.definition
  const wanted = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (!wanted) throw invalid(`${name} has no command ${command}; it has ${Object.keys(commands).join(', ') || 'none'}.`)
  const { http } = await session.client()
  const printed: Promise<void>[] = []
  await wanted.run({
    args,
    settings: found.settings,
    call: (method: Method, path, parameters = {}) => {
      const address = `/ext/${name}${path === '/' ? '' : path}`
      return method === 'GET' || method === 'DELETE'
        ? http.json(method, address, { query: queryOf(parameters) })
        : http.json(method, address, { json: { ...parameters } })
    },
    print: (line, value = { line }) => void printed.push(session.out.element(Object(value) as object, line)),
  })
  await Promise.all(printed)
}

const queryOf = (parameters: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
