/** What the commands for other systems share: options, and sending their values as one table, as `rhizo seq import` does. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { invalid } from '../../src/base/fault.ts'
import { DUPLICATE_POLICIES } from '../../src/tables/repeats.ts'
import { PartlyFailed } from './exit-code.ts'
import { send } from './import-file.ts'
import { explainImport, totalsOf } from './import-summary.ts'
import { requirePath, type CommandGroup, type Session } from './session.ts'

/** A command with the options that all of them have. */
export const foreignCommand = (group: CommandGroup, name: string, description: string) =>
  group
    .command(name)
    .description(`${description} Read and told as "rhizo seq import" does; imported twice, nothing doubles.`)
    .requiredOption('--into <folder>', 'a folder, where each series goes to the sequence of its name')
    .option('--create', 'make sequences that are missing')
    .option('--duplicates <policy>', 'for values of one time that differ: error, last, first or keep', 'error')
    .option('--note <text>', 'note this over the time of the values')
    .option('--dry-run', 'store nothing, and say what would become of each value')

export interface ForeignOptions {
  readonly into: string
  readonly create?: true | undefined
  readonly duplicates: string
  readonly note?: string | undefined
  readonly dryRun?: true | undefined
}

/**
 * @param table what is sent, in pieces
 * @param format as imports call it; undefined: they find it out
 * @param leftOut sentences about what the table does not have; called after it was read
 */
export async function importForeign(
  session: Session,
  source: string,
  table: AsyncIterable<string | Uint8Array>,
  format: string | undefined,
  options: ForeignOptions,
  leftOut: () => readonly string[] = () => [],
): Promise<void> {
  const { into, duplicates, create, note, dryRun } = options
  if (!(DUPLICATE_POLICIES as readonly string[]).includes(duplicates))
    throw invalid(`--duplicates is ${JSON.stringify(duplicates)}; allowed: ${DUPLICATE_POLICIES.join(', ')}.`)
  const client = await session.client()
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-import-'))
  try {
    // Kept, because the server reads it more than once, and may be out of reach meanwhile.
    const file = join(folder, 'values')
    await pipeline(table, createWriteStream(file, { mode: 0o600 }))
    const name = basename(source)
    const wish = { into: requirePath(into), duplicates, create, note, dryRun, format, fileName: name, path: undefined }
    const answer = await send(client, session.out, file, name, wish)
    const missing = leftOut()
    await session.out.done({ ...totalsOf(answer), ...answer, left_out: missing })
    for (const sentence of missing) session.out.warn(sentence)
    explainImport(answer, (sentence) => session.out.warn(sentence), process.stderr.isTTY || answer.dry_run)
    if (answer.problems.length > 0 || answer.refused > 0 || totalsOf(answer).expired !== undefined) throw new PartlyFailed()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
