/** `rhizo seq import`: stores values from CSV. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Client } from '../../src/client/client.ts'
import type { ImportResult } from '../../src/client/csv-import.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import type { Output } from '../support/output.ts'
import { explainExpired, withoutZero } from '../support/unstored.ts'
import { action, requirePath, type CommandGroup } from '../support/session.ts'

/** How many refused rows are named on stderr. */
const MAX_NAMED = 100

export function define(seq: CommandGroup): void {
  seq
    .command('import')
    .description(
      'Store values from CSV with the columns timestamp,value, with or without a header; a timestamp is ISO 8601 UTC or ' +
        'seconds since 1970. The file may be of any length. Imported twice, nothing doubles. A sequence that was made with a ' +
        'max_history keeps its newest values, as many as that says. Rows that the server refuses are named on stderr, rows ' +
        'older than the max_age are counted there, and the exit code is then 1.',
    )
    .argument('<path>', 'a sequence')
    .argument('<file>', 'a CSV file; - is stdin')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo seq import /greenhouse/north/temperature readings.csv\n' +
        '  zcat old.csv.gz | rhizo seq import /greenhouse/north/temperature - --json',
    )
    .action(
      action(async (session, given, file) => {
        const client = await session.client()
        const path = requirePath(given)
        await client.sequences.info(path)
        const result = await importFile(client, session.out, path, file)
        await session.out.done(withoutZero(result))
        if (result.expired > 0) session.out.warn(explainExpired(path, result.expired))
        if (result.refused + result.expired > 0) throw new PartlyFailed()
      }),
    )
}

async function importFile(client: Client, out: Output, path: string, file: string): Promise<ImportResult> {
  const { importCsv } = await import('../../src/client/csv-import.ts')
  const source = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1024 * 1024 })
  const progress = out.progress(file === '-' ? 'stdin' : basename(file), file === '-' ? undefined : (await stat(file)).size)
  const started = performance.now()
  let rows = 0
  let named = 0
  try {
    const result = await importCsv(client.sequences, path, source, {
      onProgress: (bytes, more) => {
        rows += more
        progress.advance(bytes, `${Math.round((rows / (performance.now() - started)) * 1000).toLocaleString('en')} values/s`)
      },
      onRefused: (line, message) => {
        if (++named <= MAX_NAMED) out.warn(`line ${line}: ${message}`)
      },
    })
    if (result.refused > Math.min(named, MAX_NAMED)) out.warn(`${result.refused - Math.min(named, MAX_NAMED)} more lines were refused.`)
    return result
  } finally {
    progress.end()
  }
}
