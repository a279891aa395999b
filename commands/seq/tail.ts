/** `rhizo seq tail`: prints the last values of a sequence, and then each new one. */
import type { Reading } from '../../src/client/types.ts'
import { UNITS_HELP, unitsOption } from '../support/units-option.ts'
import { action, optionalCount, requirePath, type CommandGroup } from '../support/session.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('tail')
    .description(
      'Print the last values of a sequence, and then each new one as it comes, until Ctrl-C. A restart of the server or a ' +
        'broken connection leaves no gap and no repeat.',
    )
    .argument('<path>', 'a sequence')
    .option('-n, --number <n>', 'stored values to begin with', '10')
    .option('--count <n>', 'end after N new values')
    .option('--units <units>', UNITS_HELP)
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo seq tail /greenhouse/north/temperature\n' +
        '  rhizo seq tail /greenhouse/north/temperature -n 0 --count 1   # waits for one new value\n' +
        '  rhizo seq tail /greenhouse/north/log --json | jq .value',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = requirePath(given)
        const last = optionalCount(options.number, '-n') ?? 10
        const count = optionalCount(options.count, '--count') ?? Infinity
        const tell = await unitsOption(client, path, options.units)
        const show = (reading: Reading): Promise<void> => {
          const told = { ...reading, value: tell(reading.value) }
          return session.out.element(told, `${told.timestamp}\t${told.value}`)
        }
        let heard = 0
        if (count === 0) {
          for (const reading of last === 0 ? [] : await client.sequences.last(path, last)) await show(reading)
          return
        }
        for await (const { reading, isNew } of client.follow(path, { last })) {
          await show(reading)
          if (isNew && ++heard >= count) break
        }
      }),
    )
}
