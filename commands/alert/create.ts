/** `rhizo alert create`: creates an alert. */
import { invalid } from '../../src/base/fault.ts'
import { DURATION_FORMS, optionalDuration } from '../support/duration-option.ts'
import { RECIPIENT_FORMS } from '../support/recipient-forms.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { addConditionOptions, conditionOf } from './condition.ts'

export function define(alert: CommandGroup): void {
  const command = alert
    .command('create')
    .description(
      "Create an alert on a sequence, or on the silence of a controller. Prints nothing, unless somebody named in --to can't be told now.",
    )
    .argument('<path>', 'a sequence or a controller, or a folder with --pattern')
  addConditionOptions(command)
    .option('--pattern <pattern>', 'of a folder: which sequences in it, those that come later too: "*/temperature", "**" for all')
    .option('--to <recipient...>', `who gets the message: ${RECIPIENT_FORMS}`)
    .option(
      '--escalate <duration>',
      'when nobody has said after so long that they take care ("rhizo alert ack"), tell those of --escalate-to',
    )
    .option('--escalate-to <recipient...>', 'the second group')
    .option('--note', 'write a note when it comes on, over the stretch for which it is on')
    .option('--tell-ack', 'tell the others who were told, once, that somebody takes care of it')
    .option('--quiet <duration>', 'after a start was told, the next is told no sooner than this (10m)')
    .option('--name <name>', 'what it is called; made from the condition unless given')
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\n\nExamples:\n` +
        '  rhizo alert create /lab/freezer/temperature --above -15 --for 5m --hysteresis 2 --to ann@example.com +15551234567\n' +
        '  rhizo alert create /lab/freezer/temperature --silent 30m --to ann@example.com\n' +
        '  rhizo alert create /lab/fridge/temperature --outside 2:8 --to https://chat.example.com/hook\n' +
        '  rhizo alert create /lab/freezer/temperature --above -15 --at-times "22:00-06:00 = -12" --to ann@example.com\n' +
        '  rhizo alert create /lab/tank/level --falling 10 --within 5m --to ann@example.com\n' +
        '  rhizo alert create /lab/freezers --pattern "*/temperature" --above -15 --to ann@example.com\n' +
        '  rhizo alert create /lab/freezer --silent 1h --to ann@example.com',
    )
    .action(
      action(async (session, given, options) => {
        const condition = conditionOf(options)
        if (!condition)
          throw invalid('Say when the alert is on: --above, --below, --outside, --rising, --falling, --unchanged or --silent.')
        if (options.to === undefined) throw invalid('Say who gets the message, with --to.')
        const client = await session.client()
        const path = requirePath(given)
        const { name, warnings } = await client.alerts.add(path, {
          ...condition,
          pattern: options.pattern,
          name: options.name,
          quiet_seconds: optionalDuration(options.quiet, '--quiet'),
          recipients: options.to,
          escalate_after_seconds: optionalDuration(options.escalate, '--escalate'),
          escalate_to: options.escalateTo,
          note: options.note,
          tell_acknowledgement: options.tellAck,
        })
        await session.out.done({ path, name, ...(warnings.length > 0 ? { warnings } : {}) })
        for (const warning of warnings) session.out.warn(warning)
      }),
    )
}
