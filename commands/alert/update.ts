/** `rhizo alert update`: changes an alert. */
import type { AlertCondition } from '../../src/client/types.ts'
import { invalid } from '../../src/base/fault.ts'
import { DURATION_FORMS, optionalDuration } from '../support/duration-option.ts'
import { RECIPIENT_FORMS } from '../support/recipient-forms.ts'
import { action, requireNumber, requirePath, type CommandGroup } from '../support/session.ts'
import { addConditionOptions, conditionOf, type ConditionOptions } from './condition.ts'

export function define(alert: CommandGroup): void {
  const command = alert
    .command('update')
    .description('Change an alert, or turn it off and on. What is not given stays. Prints nothing.')
    .argument('<path>', 'the sequence or controller that it is on')
    .argument('<name>', 'its name, as "rhizo alert ls" prints it')
  addConditionOptions(command)
    .option('--to <recipient...>', `who gets the message, in place of those of before: ${RECIPIENT_FORMS}`)
    .option(
      '--escalate <duration>',
      'when nobody has said after so long that they take care ("rhizo alert ack"), tell those of --escalate-to',
    )
    .option('--escalate-to <recipient...>', 'the second group')
    .option('--note', 'write a note when it comes on, over the stretch for which it is on')
    .option('--no-note', 'write none any more')
    .option('--tell-ack', 'tell the others who were told, once, that somebody takes care of it')
    .option('--no-tell-ack', 'tell nobody of that any more')
    .option('--pattern <pattern>', 'of the rule of a folder: other sequences in it, such as **/temperature')
    .option('--quiet <duration>', 'after a start was told, the next is told no sooner than this')
    .option('--name <name>', 'another name')
    .option('--off', 'keep it, and tell nobody')
    .option('--on', 'follow it again')
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\n\nExamples:\n` +
        '  rhizo alert update /lab/freezer/temperature "above -15" --above -12 --for 10m\n' +
        '  rhizo alert update /lab/freezer/temperature "above -15" --to ann@example.com bob@example.com\n' +
        '  rhizo alert update /lab/freezer "silent 1h" --off',
    )
    .action(
      action(async (session, given, name, options) => {
        if (options.on === true && options.off === true) throw invalid('--on and --off exclude each other.')
        const enabled = options.on === true ? true : options.off === true ? false : undefined
        const changes = {
          ...changedCondition(options),
          new_name: options.name,
          pattern: options.pattern,
          quiet_seconds: optionalDuration(options.quiet, '--quiet'),
          recipients: options.to,
          escalate_after_seconds: optionalDuration(options.escalate, '--escalate'),
          escalate_to: options.escalateTo,
          note: options.note,
          tell_acknowledgement: options.tellAck,
          enabled,
        }
        if (Object.values(changes).every((value) => value === undefined))
          throw invalid(
            'Say what to change: the condition, --pattern, --to, --quiet, --escalate, --escalate-to, --note, --tell-ack, --name, ' +
              '--on or --off.',
          )
        const client = await session.client()
        const path = requirePath(given)
        const { name: newName, warnings } = await client.alerts.change(path, name, changes)
        await session.out.done({ path, name: newName, ...(warnings.length > 0 ? { warnings } : {}) })
        for (const warning of warnings) session.out.warn(warning)
      }),
    )
}

/** The part of the condition that is given: all of it, or only its duration and hysteresis. */
function changedCondition(options: ConditionOptions): Partial<AlertCondition> {
  return (
    conditionOf(options) ?? {
      for_seconds: optionalDuration(options.for, '--for'),
      within_seconds: optionalDuration(options.within, '--within'),
      schedule: options.atTimes,
      hysteresis: options.hysteresis === undefined ? undefined : requireNumber(options.hysteresis, '--hysteresis', { least: 0 }),
    }
  )
}
