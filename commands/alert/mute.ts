/** `rhizo alert mute`, `unmute` and `mutes`: alerts that tell nobody for a while. */
import { invalid } from '../../src/base/fault.ts'
import { DURATION_FORMS, optionalDuration } from '../support/duration-option.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { futureTime } from '../support/time-option.ts'

export function define(alert: CommandGroup): void {
  alert
    .command('mute')
    .description('Keep alerts from telling anybody for a while; it ends by itself. They are followed and shown as before.')
    .argument('<path>', 'a sequence or a controller, or a folder: all alerts in it')
    .option('--for <duration>', 'how long from now: 1h, 8h, 2d')
    .option('--until <time>', 'until when: 2026-01-31T18:00 (UTC, or with an offset such as +02:00)')
    .option('--name <name>', 'only the alert of this name')
    .option('--note <text>', 'why, for those who wonder')
    .addHelpText(
      'after',
      `\nDURATION is ${DURATION_FORMS}.\n\nExamples:\n  rhizo alert mute /lab/freezer/temperature --for 8h --note "defrosting"\n` +
        '  rhizo alert mute /lab/freezer --until 2026-01-31T18:00+01:00\n' +
        '  rhizo alert mute /lab/freezer/temperature --name "above -15" --for 1h',
    )
    .action(
      action(async (session, given, options) => {
        if ((options.for === undefined) === (options.until === undefined)) throw invalid('Say how long, with --for 8h or --until TIME.')
        const path = requirePath(given)
        const mute = await (await session.client()).alerts.mute(path, {
          name: options.name,
          reason: options.note,
          for_seconds: optionalDuration(options.for, '--for'),
          until_timestamp: options.until === undefined ? undefined : futureTime(options.until, '--until'),
        })
        await session.out.done({ path, name: mute.name, until_timestamp: mute.until_timestamp })
      }),
    )
  alert
    .command('unmute')
    .description('End a mute before its time. Prints nothing.')
    .argument('<path>', 'the sequence, controller or folder that was muted')
    .option('--name <name>', 'only the mute of the alert of this name')
    .addHelpText('after', '\nExamples:\n  rhizo alert unmute /lab/freezer/temperature')
    .action(
      action(async (session, given, options) => {
        const path = requirePath(given)
        await (await session.client()).alerts.unmute(path, options.name)
        await session.out.done({ path })
      }),
    )
  alert
    .command('mutes')
    .description('List what is muted, until when, by whom and why.')
    .argument('[path]', 'a sequence, a controller, or a folder; everywhere unless given')
    .addHelpText('after', '\nExamples:\n  rhizo alert mutes\n  rhizo alert mutes /lab --json')
    .action(
      action(async (session, given) => {
        const mutes = await (await session.client()).alerts.mutes(given === undefined ? undefined : requirePath(given))
        await session.out.list(mutes, [
          { title: 'PATH', value: ({ path }) => path },
          { title: 'ALERT', value: ({ name }) => name ?? 'all' },
          { title: 'UNTIL', value: (mute) => mute.until_timestamp },
          { title: 'BY', value: ({ by }) => by },
          { title: 'WHY', value: ({ reason }) => reason },
        ])
      }),
    )
}
