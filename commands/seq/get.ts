/** `rhizo seq get`: prints stored values. */
import { invalid } from '../../src/base/fault.ts'
import type { RangeOptions, Sequences } from '../../src/client/sequences.ts'
import type { Reading } from '../../src/client/types.ts'
import type { Output } from '../support/output.ts'
import { action, optionalCount, requirePath, type CommandGroup } from '../support/session.ts'
import { UNITS_HELP, unitsOption } from '../support/units-option.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

/** What is further ahead of the clock is to come. */
const GRACE_MS = 60_000

export function define(seq: CommandGroup): void {
  seq
    .command('get')
    .description(
      'Print stored values, oldest first. Without a range or a number, the newest value alone. All values of a long range are ' +
        'printed as they arrive; nothing is held in memory.',
    )
    .argument('<path>', 'a sequence')
    .option('--start <time>', 'from this time on')
    .option('--end <time>', 'up to this time')
    .option('-n, --number <n>', 'only the last N values of the range; with --order desc the newest first')
    .option('--text <text>', 'only values that contain this text')
    .option('--order <order>', 'asc or desc')
    .option('--masked', 'masked values too')
    .option('--units <units>', UNITS_HELP)
    .option('--raw', 'what is stored, neither masked nor calibrated')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n  rhizo seq get /greenhouse/north/temperature\n` +
        '  rhizo seq get /greenhouse/north/temperature --start 24h\n' +
        '  rhizo seq get /greenhouse/north/temperature --start 2026-01-01 --end 2026-01-31 --json\n' +
        '  rhizo seq get /greenhouse/north/temperature --start 24h --units F\n' +
        '  rhizo seq get /greenhouse/north/log -n 20 --text error',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = requirePath(given)
        if (options.order !== undefined && options.order !== 'asc' && options.order !== 'desc')
          throw invalid(`--order must be asc or desc, not ${JSON.stringify(options.order)}.`)
        const count = optionalCount(options.number, '-n', 1)
        const range: RangeOptions = {
          start: optionalTime(options.start, '--start'),
          end: optionalTime(options.end, '--end', true),
          text: options.text,
          order: options.order,
        }
        const view = { masked: options.masked, raw: options.raw }
        const isNewest = count === undefined && Object.values(range).every((value) => value === undefined)
        const readings = isNewest ? await newestOf(client.sequences, path, view) : client.sequences.read(path, { ...range, ...view, count })
        await print(session.out, readings, isNewest, await unitsOption(client, path, options.units))
      }),
    )
}

/** The newest value that is not to come; the newest of all where each is. */
async function newestOf(sequences: Sequences, path: string, view: Pick<RangeOptions, 'masked' | 'raw'>): Promise<AsyncIterable<Reading>> {
  const known = await sequences.read(path, { ...view, count: 1, order: 'desc', end: new Date(Date.now() + GRACE_MS).toISOString() }).next()
  if (known.done === true) return sequences.read(path, { ...view, count: 1, order: 'desc' })
  const { value } = known
  return (async function* () {
    yield value
  })()
}

/** Writes a JSON array as the values arrive, or a line for each value. */
async function print(
  out: Output,
  readings: AsyncIterable<Reading>,
  valueOnly: boolean,
  tell: (value: Reading['value']) => Reading['value'],
): Promise<void> {
  let text = out.json ? '[' : ''
  let isFirst = true
  for await (const { timestamp, value: stored } of readings) {
    const value = tell(stored)
    text += out.json
      ? `${isFirst ? '' : ',\n'}${JSON.stringify({ timestamp, value })}`
      : valueOnly
        ? `${value}\n`
        : `${timestamp}\t${value}\n`
    isFirst = false
    if (text.length > 65_536) {
      await out.write(text)
      text = ''
    }
  }
  await out.write(out.json ? `${text}]\n` : text)
}
