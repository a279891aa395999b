/** `rhizo seq export`: writes stored values to a file, of one sequence or of many. */
import { extname } from 'node:path'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/quote.ts'
import { isUnitSystem, UNIT_SYSTEMS } from '../../src/base/units.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../../src/wire/export-formats.ts'
import { RESOURCE_TYPES } from '../../src/wire/resource-types.ts'
import { saveContent } from '../support/save-content.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('export')
    .description(
      'Write stored values as CSV with the header "timestamp,value", oldest first, as they arrive. "rhizo seq import" reads it again. ' +
        'Of a folder, of several sequences, or with the options below: one table, in the format that the name of the file ends with.',
    )
    .argument('<path>', 'a sequence, or a folder: all sequences in it and below')
    .argument('[file]', 'where to; - or nothing is stdout', '-')
    .option('--and <paths...>', 'more sequences or folders')
    .option('--start <time>', 'from this time on')
    .option('--end <time>', 'up to this time')
    .option('--masked', 'of one sequence: masked values too, with a column "masked"')
    .option('--raw', 'of one sequence: what is stored, neither masked nor calibrated')
    .option('--notes', 'of one sequence: with a third column, "note": what was noted beside each value')
    .option('--interval <interval>', 'one row for each interval, such as 1m, 10m, 1h, 1d, in place of each value')
    .option('--fields <fields>', 'with --interval: mean,min,max,count (the default), first, last, sum')
    .option('--layout <layout>', 'wide: a column for each sequence (the default); long: a row for each value')
    .option(
      '--units <system>',
      `${UNIT_SYSTEMS.join(' or ')}: numbers in units of that system, which the header says; what is stored stays`,
    )
    .option('--format <format>', `${EXPORT_FORMATS.join(', ')}; csv-semicolon is for spreadsheets that write a comma in numbers`)
    .option('--time-zone <zone>', 'show times on the clock of a zone, such as Europe/Berlin, whose days count for --interval')
    .addHelpText(
      'after',
      `\nWith --json each row is a JSON object on a line of its own.\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo seq export /greenhouse/north/temperature temperature.csv\n' +
        '  rhizo seq export /greenhouse/north/temperature --start 2026-01-01 | gzip > temperature.csv.gz\n' +
        '  rhizo seq export /greenhouse greenhouse.xlsx --start 30d --interval 1h --time-zone Europe/Berlin\n' +
        '  rhizo seq export /greenhouse/north/temperature --and /greenhouse/south/temperature --format parquet both.parquet',
    )
    .action(
      action(async (session, given, file, options) => {
        const path = requirePath(given)
        const range = { start: optionalTime(options.start, '--start'), end: optionalTime(options.end, '--end', true) }
        const format = formatOf(options.format, file, session.out.json)
        if (file === '-' && session.out.isTerminal && (format === 'xlsx' || format === 'parquet'))
          throw invalid(`A terminal can't show ${format}: name a file, or send stdout to one.`)
        const client = await session.client()
        const { type } = await client.resources.info(path)
        const { and = [], interval, fields, layout, timeZone, units } = options
        if (units !== undefined && !isUnitSystem(units)) throw invalid(`--units must be ${UNIT_SYSTEMS.join(' or ')}, not ${quote(units)}.`)
        const isPlain =
          type === RESOURCE_TYPES.sequence &&
          (format === 'csv' || format === 'ndjson') &&
          and.length === 0 &&
          [interval, fields, layout, timeZone, units].every((option) => option === undefined)
        const beside = { notes: options.notes === true, masked: options.masked === true, raw: options.raw === true }
        if (isPlain) return saveContent(session.out, await client.sequences.openRange(path, format, { ...range, ...beside }), file)
        if (beside.notes || beside.masked || beside.raw)
          throw invalid('--notes, --masked and --raw are for the values of one sequence, as CSV or NDJSON.')
        const paths = [path, ...and.map((one) => requirePath(one))]
        const { content, leftOut } = await client.sequences.export(paths, { ...range, interval, fields, layout, timeZone, units, format })
        await saveContent(session.out, content, file)
        if (leftOut.count > 0) session.out.warn(`Left out: ${leftOut.count} that this table can't hold: ${leftOut.paths.join(', ')}`)
      }),
    )
}

/** The one that is named, or that the file's name ends with. @throws Fault invalid */
function formatOf(named: string | undefined, file: string, isJson: boolean): ExportFormat {
  const ending = extname(file).slice(1).toLowerCase()
  const format =
    named ?? (isJson ? 'ndjson' : ending === 'xlsx' || ending === 'parquet' || ending === 'ndjson' || ending === 'json' ? ending : 'csv')
  const known = EXPORT_FORMATS.find((one) => one === format)
  if (!known) throw invalid(`--format is ${quote(format)}; there are ${EXPORT_FORMATS.join(', ')}.`)
  return known
}
