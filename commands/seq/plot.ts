/** `rhizo seq plot`: draws values as a curve in the terminal. */
import { invalid } from '../../src/base/fault.ts'
import { dataTypeName } from '../../src/wire/resource-types.ts'
import { drawPlot } from '../support/plot.ts'
import { action, optionalCount, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('plot')
    .description('Draw the values of a range as a curve in the terminal: the band from least to greatest in each stretch of time.')
    .argument('<path>', 'a numeric sequence')
    .option('--start <time>', 'from this time on; the first value unless given')
    .option('--end <time>', 'up to this time; the last value unless given')
    .option('--width <n>', 'columns; those of the terminal unless given')
    .option('--height <n>', 'lines', '16')
    .addHelpText(
      'after',
      `\nWith --json: the summary of each stretch, two a column.\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo seq plot /greenhouse/north/temperature --start 24h\n' +
        '  rhizo seq plot /greenhouse/north/temperature --start 2026-01-01 --end 2026-03-31 --height 24',
    )
    .action(
      action(async (session, given, options) => {
        const client = await session.client()
        const path = requirePath(given)
        const width = optionalCount(options.width, '--width', 20) ?? Math.max(process.stdout.columns || 80, 20)
        const height = optionalCount(options.height, '--height', 2) ?? 16
        const { system_attributes: attributes } = await client.sequences.info(path)
        const type = dataTypeName(Number(attributes?.data_type))
        if (type !== 'numeric') throw invalid(`${path} is a sequence of type ${type}; only numeric ones can be drawn.`)
        const range = { start: optionalTime(options.start, '--start'), end: optionalTime(options.end, '--end', true) }
        const buckets = await client.sequences.summarize(path, width * 2, range)
        if (session.out.json) return session.out.list(buckets, [])
        if (buckets.length === 0) return session.out.warn(`${path} holds no values in this range.`)
        const units = typeof attributes?.units === 'string' ? attributes.units : ''
        const decimals = typeof attributes?.decimal_places === 'number' ? attributes.decimal_places : undefined
        return session.out.write(`${drawPlot(buckets, { width, height, title: units === '' ? path : `${path}  (${units})`, decimals })}\n`)
      }),
    )
}
