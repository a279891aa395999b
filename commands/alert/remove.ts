/** `rhizo alert rm`: removes an alert. */
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(alert: CommandGroup): void {
  alert
    .command('rm')
    .description('Remove an alert. Prints nothing.')
    .argument('<path>', 'the sequence or controller that it is on')
    .argument('<name>', 'its name, as "rhizo alert ls" prints it')
    .addHelpText('after', '\nExamples:\n  rhizo alert rm /lab/freezer/temperature "above -15"')
    .action(
      action(async (session, given, name) => {
        const path = requirePath(given)
        await (await session.client()).alerts.remove(path, name)
        await session.out.done({ path, name })
      }),
    )
}
