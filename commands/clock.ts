/** `rhizo clock`: what the server thinks of its clock, and the word that it is right. */
import type { ClockReport } from '../src/client/types.ts'
import { formatFields } from './support/output.ts'
import { action, type CommandGroup } from './support/session.ts'

export function define(program: CommandGroup): void {
  const clock = program
    .command('clock')
    .description("The server's clock, by which values are stamped, and things end and are removed. For system admins.")
  clock
    .command('show')
    .description('Show what the clock says, what the server believes, and what is kept until an admin says that the clock is right.')
    .addHelpText('after', '\nExamples:\n  rhizo clock show\n  rhizo clock show --json')
    .action(
      action(async (session) => {
        const report = await (await session.client()).clock()
        await session.out.show(report, describe(report))
      }),
    )
  clock
    .command('confirm')
    .description(
      'Say that the clock is right. What is old only because the clock was set forward, or the server was off, is then removed. Look ' +
        'at "rhizo clock show" first.',
    )
    .addHelpText('after', '\nExamples:\n  rhizo clock show && rhizo clock confirm')
    .action(
      action(async (session) => {
        const report = await (await session.client()).confirmClock()
        await session.out.done(report)
      }),
    )
}

function describe({ clock, believed, is_right: isRight, leaps, waiting }: ClockReport): string {
  const lines = [
    formatFields([
      ['clock', clock],
      ['believed', isRight ? 'the same' : `${believed} (the clock is believed when it has held for an hour)`],
      ...leaps.map(({ from, until }): [string, string] => ['skipped', `${from} to ${until}`]),
    ]),
  ]
  for (const { what, count, total, before } of waiting) lines.push(`${count} of ${total} ${what} from before ${before} wait.`)
  if (waiting.length > 0) lines.push('If the clock is right, let them go with "rhizo clock confirm".')
  return lines.join('\n')
}
