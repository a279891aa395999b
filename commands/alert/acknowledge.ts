/** `rhizo alert ack`: says that one takes care of alerts that are on. */
import { conditionWithUnits } from '../../src/wire/alert-words.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(alert: CommandGroup): void {
  alert
    .command('ack')
    .description('Say that you take care of the alerts that are on, so that nobody else need be told. Prints which these are.')
    .argument('<path>', 'a sequence or a controller, or a folder: all alerts in it')
    .option('--name <name>', 'only the alert of this name')
    .option('--note <text>', 'what you do about it')
    .addHelpText('after', '\nExamples:\n  rhizo alert ack /lab/freezer/temperature --note "moving the samples"\n  rhizo alert ack /lab')
    .action(
      action(async (session, given, options) => {
        const path = requirePath(given)
        const alerts = await (await session.client()).alerts.acknowledge(path, { name: options.name, note: options.note })
        await session.out.list(alerts, [
          { title: 'PATH', value: (row) => row.path },
          { title: 'NAME', value: (row) => row.name },
          { title: 'CONDITION', value: (row) => conditionWithUnits(row.condition, row.units) },
          { title: 'SINCE', value: (row) => row.start_timestamp },
        ])
      }),
    )
}
