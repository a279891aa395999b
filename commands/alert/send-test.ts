/** `rhizo alert send-test`: shows whether an alarm would reach those it is to tell. */
import { PartlyFailed } from '../support/exit-code.ts'
import { RECIPIENT_FORMS } from '../support/recipient-forms.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(alert: CommandGroup): void {
  alert
    .command('send-test')
    .description(
      'Send a test message to everyone that the alerts and the watchdog of a sequence or controller tell, and say what came of it. The ' +
        'exit code is 1 unless all have it.',
    )
    .argument('[path]', 'a sequence or a controller; your own address unless given')
    .option('--to <recipient...>', `others than its own: ${RECIPIENT_FORMS}`)
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo alert send-test\n  rhizo alert send-test /lab/freezer/temperature\n' +
        '  rhizo alert send-test /lab/freezer --to ann@example.com --json',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const results = await client.alerts.sendTest(given === undefined ? undefined : requirePath(given), options.to)
        await session.out.list(results, [
          { title: 'TO', value: ({ recipient }) => recipient },
          { title: 'STATE', value: ({ state }) => state },
          { title: 'WHY', value: ({ reason }) => reason },
        ])
        if (results.some(({ state }) => state !== 'sent')) throw new PartlyFailed()
      }),
    )
}
