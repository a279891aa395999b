/** `rhizo controller ls`: lists controllers. */
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { stateWord } from './status.ts'

export function define(controller: CommandGroup): void {
  controller
    .command('ls')
    .description('List controllers: all that you may see, or those in a folder.')
    .argument('[path]', 'a folder; everywhere unless given')
    .addHelpText('after', '\nExamples:\n  rhizo controller ls\n  rhizo controller ls /greenhouse --json')
    .action(
      action(async (session, path) => {
        const client = await session.client()
        await session.out.list(await client.controllers.list(path === undefined ? undefined : requirePath(path)), [
          { title: 'PATH', value: (row) => row.path },
          { title: 'STATE', value: stateWord },
          { title: 'LAST HEARD', value: (row) => row.last_heard_timestamp },
          { title: 'VERSION', value: (row) => row.client_version },
        ])
      }),
    )
}
