/** `rhizo controller watch`: sets a controller's watchdog. */
import { invalid } from '../../src/base/fault.ts'
import { durationOption, DURATION_FORMS } from '../support/duration-option.ts'
import { RECIPIENT_FORMS } from '../support/recipient-forms.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(controller: CommandGroup): void {
  controller
    .command('watch')
    .description(
      'Have a controller watched: when it is silent for longer than it may be, its recipients are told, and told again when it ' +
        "is back. Prints nothing, unless somebody can't be told now.",
    )
    .argument('<path>', 'a controller')
    .option('--after <duration>', 'how long it may be silent')
    .option('--to <recipient...>', `${RECIPIENT_FORMS}`)
    .option('--counts <what>', 'what shows that it is alive: watchdog (its watchdog messages) or any (whatever it sends)')
    .option('--off', 'watch it no more')
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\n\nExamples:\n` +
        '  rhizo controller watch /greenhouse/north --after 10m --to ann@example.com\n' +
        '  rhizo controller watch /greenhouse/north --after 1h --counts any --to ann@example.com +15551234567\n' +
        '  rhizo controller watch /greenhouse/north --off',
    )
    .action(
      action(async (session, given, options) => {
        if (options.off !== true && options.after === undefined && options.to === undefined && options.counts === undefined)
          throw invalid('Say how long it may be silent and who gets the message, with --after and --to, or --off.')
        const path = requirePath(given)
        const client = await session.client()
        const [status] = await client.controllers.list(path)
        if (status?.path !== path) throw invalid(`${path} is not a controller.`)
        const attributes =
          options.off === true
            ? { watchdog_minutes: null }
            : {
                ...(options.after === undefined ? {} : { watchdog_minutes: durationOption(options.after, '--after') / 60 }),
                ...(options.to === undefined ? {} : { watchdog_recipients: options.to }),
                ...(options.counts === undefined ? {} : { watchdog_counts: options.counts }),
              }
        const { warnings = [] } = await client.resources.update(path, { system_attributes: attributes })
        await session.out.done({ path, ...(warnings.length > 0 ? { warnings } : {}) })
        for (const warning of warnings) session.out.warn(warning)
      }),
    )
}
