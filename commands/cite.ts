/** `rhizo cite`: a data set that can be cited. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { invalid } from '../src/base/fault.ts'
import { joinPath } from '../src/base/path.ts'
import { streamFile } from '../src/base/regular-files.ts'
import { checkDataset } from '../src/client/check-dataset.ts'
import { saveContent } from './support/save-content.ts'
import { action, requirePath, type CommandGroup } from './support/session.ts'
import { optionalTime, TIME_FORMS } from './support/time-option.ts'

export function define(program: CommandGroup): void {
  program
    .command('cite')
    .description(
      'Write a data set that can be cited: a zip with the values of a range, notes, what the sequences are, and the hash ' +
        'of each file. Prints its id. The same content gives the same bytes on any machine; "rhizo verify" finds each that was changed.',
    )
    .argument('<path>', 'a sequence, or a folder: all sequences in it and below')
    .requiredOption('--output <file>', 'where to')
    .option('--start <time>', 'from this time on')
    .option('--end <time>', 'up to this time')
    .option('--keep <folder>', 'store it in a folder of the lab too, where it has a page for good')
    .addHelpText(
      'after',
      `\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo cite /greenhouse/north --start 2026-01-01 --end 2026-02-01 --output run7.zip\n' +
        '  rhizo cite /greenhouse/north --output run7.zip --keep /greenhouse/published',
    )
    .action(
      action(async (session, given, { output, start, end, keep }) => {
        const [path, folder] = [requirePath(given), keep === undefined ? undefined : requirePath(keep)]
        if (output === '-') throw invalid('--output must name a file: a data set is examined once it is written.')
        const range = { start: optionalTime(start, '--start'), end: optionalTime(end, '--end', true) }
        const client = await session.client()
        await saveContent(session.out, await client.sequences.cite(path, range), output)
        const { id, manifest, problems } = await checkDataset(output)
        if (problems.length > 0) throw new Error(`${output} is not what the server meant to send: ${problems.join(' ')} Try again.`)
        const kept = folder === undefined ? undefined : joinPath(folder, basename(output))
        if (kept !== undefined) await client.files.write(kept, streamFile(output), { length: (await stat(output)).size })
        const values = manifest?.values ?? 0
        await session.out.show({ id, file: output, path, values, kept: kept ?? null }, `${id ?? ''}  ${values.toLocaleString('en')} values`)
      }),
    )
}
