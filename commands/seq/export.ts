/** `rhizo seq export`: writes stored values as CSV. */
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { brokenOff } from '../../src/client/http-client.ts'
import { formatSize } from '../support/output.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'
import { optionalTime, TIME_FORMS } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('export')
    .description(
      'Write stored values as CSV with the header "timestamp,value", oldest first, as they arrive. "rhizo seq import" reads it again.',
    )
    .argument('<path>', 'a sequence')
    .argument('[file]', 'where to; - or nothing is stdout', '-')
    .option('--start <time>', 'from this time on')
    .option('--end <time>', 'up to this time')
    .option('--notes', 'with a third column, "note": what was noted beside each value')
    .addHelpText(
      'after',
      `\nWith --json each value is a JSON object on a line of its own.\nTIME is ${TIME_FORMS}.\n\nExamples:\n` +
        '  rhizo seq export /greenhouse/north/temperature temperature.csv\n' +
        '  rhizo seq export /greenhouse/north/temperature --start 2026-01-01 | gzip > temperature.csv.gz',
    )
    .action(
      action(async (session, given, file, options) => {
        const client = await session.client()
        const range = {
          start: optionalTime(options.start, '--start'),
          end: optionalTime(options.end, '--end', true),
          notes: options.notes === true,
        }
        const path = requirePath(given)
        await client.sequences.info(path)
        const content = await client.sequences.openRange(path, session.out.json ? 'ndjson' : 'csv', range)
        const progress = session.out.progress(file)
        let size = 0
        try {
          if (file === '-') {
            for await (const chunk of content as AsyncIterable<Buffer>) await session.out.write(chunk)
            return
          }
          content.on('data', (chunk: Buffer) => progress.advance(chunk.length, formatSize((size += chunk.length))))
          await pipeline(content, createWriteStream(`${file}.part-${process.pid}`))
          await rename(`${file}.part-${process.pid}`, file)
        } catch (error) {
          if (file !== '-') await rm(`${file}.part-${process.pid}`, { force: true })
          throw brokenOff(error)
        } finally {
          progress.end()
        }
      }),
    )
}
