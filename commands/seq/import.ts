/** `rhizo seq import`: brings the values of a file into sequences, as the file is. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { invalid } from '../../src/base/fault.ts'
import type { Client } from '../../src/client/client.ts'
import type { TableImportOptions } from '../../src/client/table-import.ts'
import { DUPLICATE_POLICIES } from '../../src/tables/repeats.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { importFile } from '../support/import-file.ts'
import { explainImport, totalsOf } from '../support/import-summary.ts'
import type { Output } from '../support/output.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('import')
    .description(
      'Bring the values of a file into sequences, as a logger, a program or a spreadsheet wrote it: encoding, delimiter, decimal comma, ' +
        'header, units and times are found out and said. What is in doubt about the whole file stops before anything is stored, and ' +
        'names the option that settles it. A damaged row is refused alone and named on stderr with its line; the exit code is then 1, ' +
        'and the good ones are in. Imported twice, nothing doubles. PATH is a sequence, for a file with one column of values, or a folder.',
    )
    .argument('[file]', 'a file, such as CSV, a workbook, NDJSON or line protocol; - is stdin')
    .argument('[path]', 'a sequence, or a folder')
    .option(
      '--columns <header>',
      'a column with values, by header or number; HEADER=NAME or HEADER=/PATH names the sequence; may be repeated',
      collect,
    )
    .option(
      '--series <header>',
      'a column that names the device or place of a row: the rows of each go to sequences of its own; may be repeated',
      collect,
    )
    .option('--time <header>', 'the column with the time; repeated: those of date and clock', collect)
    .option('--time-format <form>', 'how times are written: day-first, month-first, unix, unix-ms, excel, labview, elapsed-s, …')
    .option(
      '--start <time>',
      'when a count of seconds or the like began, or the day of times without a date; found above the rows unless given',
    )
    .option('--time-zone <zone>', "zone of times without one, such as Europe/Berlin or +01:00; the organization's unless given")
    .option('--any-time', 'take times before 2000, and more than a day ahead')
    .option('--into <folder>', 'a folder, where each column goes to the sequence of its name')
    .option('--create', 'make sequences that are missing')
    .option('--missing <text>', 'what else means that a value is missing, such as 999; may be repeated', collect)
    .option('--duplicates <policy>', 'for values of one time that differ: error, last, first or keep', 'error')
    .option('--last-line', 'take the last line although it has no end')
    .option('--transpose', 'turn a table that lies on its side, with its times side by side in one line')
    .option('--sheet <name>', 'sheet of a workbook, by name or number')
    .option('--format <id>', 'a known format, or plain; found out unless given')
    .option('--note <text>', 'note this over the time of the values')
    .option('--dry-run', 'store nothing, and say what would become of each row')
    .option('--undo <id>', 'remove what an import brought, by its number')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo seq import readings.csv /greenhouse/north/temperature\n' +
        '  rhizo seq import hobo.csv --into /greenhouse/north --create --dry-run\n' +
        '  rhizo seq import logger.dat --into /station --time-zone +01:00 --columns AirTC_Avg=temperature --columns RH\n' +
        '  zcat old.csv.gz | rhizo seq import - /greenhouse/north/temperature --json\n' +
        '  rhizo seq import --undo 12',
    )
    .action(
      action(async (session, first, second, options) => {
        const client = await session.client()
        if (options.undo !== undefined) return undo(client, session.out, options.undo)
        if (first === undefined) throw invalid('Name a file; - is stdin.')
        const { file, path } = order(first, second)
        const { undo: _, into, ...others } = options
        if (!(DUPLICATE_POLICIES as readonly string[]).includes(options.duplicates))
          throw invalid(`--duplicates is ${JSON.stringify(options.duplicates)}; allowed: ${DUPLICATE_POLICIES.join(', ')}.`)
        if (path === undefined && into === undefined && !(options.columns ?? []).some((column) => column.includes('=/')))
          throw invalid('Say where the values go: PATH for a sequence, or --into for a folder.')
        const wish: TableImportOptions = {
          ...others,
          path: path === undefined ? undefined : requirePath(path),
          into: into === undefined ? undefined : requirePath(into),
          fileName: file === '-' ? '' : basename(file),
        }
        const answer = await importFile(client, session.out, file, wish)
        await session.out.done({ ...totalsOf(answer), ...answer })
        explainImport(answer, (sentence) => session.out.warn(sentence), process.stderr.isTTY || answer.dry_run)
        if (answer.problems.length > 0 || answer.refused > 0 || totalsOf(answer).expired !== undefined) throw new PartlyFailed()
      }),
    )
}

/** Adds up an option that may be repeated. */
const collect = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text]

/** FILE and PATH; scripts of earlier versions give the path first. */
function order(first: string, second: string | undefined): { file: string; path: string | undefined } {
  const isFile = (name: string | undefined): boolean => name !== undefined && (name === '-' || existsSync(name))
  if (second !== undefined && !isFile(first) && (isFile(second) || !second.startsWith('/'))) return { file: second, path: first }
  return { file: first, path: second }
}

async function undo(client: Client, out: Output, id: string): Promise<void> {
  if (!/^\d{1,15}$/.test(id)) throw invalid(`--undo is ${JSON.stringify(id)}; give the number that the import told.`)
  const removed = await client.imports.undo(Number(id))
  await out.show({ import_id: Number(id), removed }, `Removed ${removed} values that import ${id} brought.`)
}
