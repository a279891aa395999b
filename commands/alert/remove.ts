import type { Command } from 'commander'
import { action, requirePath } from '../support/session.ts'

export function define(alert: Command): void {
  alert
    .command('rm')
    .description('Remove an alert. Prints nothing.')
    .argument('<path>', 'the sequence or controller that it is on')
    .argument('<name>', 'its name, as "rhizo alert ls" prints it')
    .addHelpText('after', '\nExamples:\n  rhizo alert rm /lab/freezer/temperature "above -15"')
    .action(
      action(async (session, given: string, name: string) => {
        const path = requirePath(given)
        await (await session.client()).alerts.remove(path, name)
        await session.out.done({ path, name })
      }),
    )
}
