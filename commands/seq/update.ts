/** `rhizo seq update`: stores a value, or each line of stdin as one. */
import { readFile } from 'node:fs/promises'
import { Fault, invalid } from '../../src/base/fault.ts'
import { parseTimestamp } from '../../src/base/time.ts'
import type { Client } from '../../src/client/client.ts'
import { readLineBatches } from '../../src/client/lines.ts'
import { Stamper } from '../../src/client/stamper.ts'
import { dataTypeName } from '../../src/wire/resource-types.ts'
import { Unreachable } from '../../src/client/unreachable.ts'
import type { ValueSender } from '../../src/client/value-sender.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import type { Output } from '../support/output.ts'
import { action, requireNumber, requirePath, type CommandGroup } from '../support/session.ts'
import { explainExpired, withoutZero } from '../support/unstored.ts'
import { timeOption } from '../support/time-option.ts'

export function define(seq: CommandGroup): void {
  seq
    .command('update')
    .description(
      "Store a value in a sequence, or each line of stdin as one: 'value', or 'timestamp,value'. A value without a timestamp " +
        "gets the moment at which it was read. A value alone is passed over when the sequence's min_storage_interval has not " +
        'passed; lines are all stored. With - it goes on through restarts of the server and ends with 0 only when each line is ' +
        'durable; lines that the server refuses are named on stderr, and the exit code is then 1.',
    )
    .argument('<path>', 'a sequence')
    .argument('<value>', 'a number or text; for an image sequence a JPEG file; - reads stdin')
    .option('--timestamp <time>', 'when it was measured; now unless given')
    .option('--patience <seconds>', 'how long to wait for a server out of reach after the last line of stdin', '600')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo seq update /greenhouse/north/temperature 21.5\n' +
        '  rhizo seq update /greenhouse/north/temperature -3.5 --timestamp 2026-01-31T12:00:00Z\n' +
        "  rhizo seq update /greenhouse/north/log 'door opened'\n  sensor | rhizo seq update /greenhouse/north/temperature -\n" +
        '  rhizo seq update /greenhouse/north/camera photo.jpg',
    )
    .action(
      action(async (session, given, value, options) => {
        const client = await session.client()
        const path = requirePath(given)
        const timestamp = options.timestamp === undefined ? undefined : timeOption(options.timestamp, '--timestamp')
        const patience = requireNumber(options.patience, '--patience', { least: 0 }) * 1000
        // If the server is away at the start, take lines anyway: a sensor does not wait.
        const sequence = await client.sequences.info(path).catch((error: unknown) => {
          if (error instanceof Unreachable && value === '-') return undefined
          throw error
        })
        if (sequence !== undefined && dataTypeName(Number(sequence.system_attributes?.data_type)) === 'image') {
          return updateOne(client, session.out, path, value === '-' ? await readAllOfStdin() : await readFile(value), timestamp)
        }
        if (value !== '-') return updateOne(client, session.out, path, value, timestamp)
        if (timestamp !== undefined) throw invalid('--timestamp goes with a value, not with stdin, whose lines have their own.')
        return updateFromLines(client, session.out, path, patience)
      }),
    )
}

async function updateOne(client: Client, out: Output, path: string, value: string | Buffer, given: string | undefined): Promise<void> {
  const timestamp = given ?? new Stamper().next()
  const { stored, repeated, expired, shown } = await client.sequences.update(path, value, timestamp)
  await out.done({ path, timestamp, stored, repeated, expired, shown })
  if (expired === 1) {
    out.warn(explainExpired(path, 1))
    throw new PartlyFailed()
  }
  if (shown === 1)
    out.warn(
      `${path} did not store the value, only showed it to who listens: its min_storage_interval has not passed since the newest. ` +
        `"rhizo seq info ${path}" tells how long that is, "rhizo seq set ${path} --min-storage-interval 0" has every value stored.`,
    )
}

async function readAllOfStdin(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Shorter outages, in milliseconds, are not reported on stderr. */
const LONG_OUTAGE = 10_000

async function updateFromLines(client: Client, out: Output, path: string, patience: number): Promise<void> {
  const { ValueSender } = await import('../../src/client/value-sender.ts')
  let announced = false
  const sender = new ValueSender(client.sequences, path, {
    patience,
    onRefused: (line, message) => out.warn(`line ${line}: ${message}`),
    onOutage: (reason, waited) => {
      if (waited > LONG_OUTAGE && !announced) out.warn(`${reason.message}; values are kept in memory until it is back.`)
      announced ||= waited > LONG_OUTAGE
    },
  })
  // Ctrl-C ends the reading; what was read is still sent.
  let interrupted = false
  const interrupt = (): void => {
    interrupted = true
    process.stdin.destroy()
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    await readInto(sender).catch((error: unknown) => {
      if (!interrupted) throw error
    })
    const result = await sender.end()
    await out.done({ path, ...withoutZero(result) })
    if (result.expired > 0) out.warn(explainExpired(path, result.expired))
    if (result.refused + result.expired > 0) throw new PartlyFailed()
  } catch (error) {
    if (error instanceof Fault && sender.unsent > 0) out.warn(`${sender.unsent} lines were not stored.`)
    throw error
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

async function readInto(sender: ValueSender): Promise<void> {
  let number = 0
  for await (const lines of readLineBatches(process.stdin)) {
    for (const line of lines) {
      number++
      if (line.trim() === '') continue
      const comma = line.indexOf(',')
      const timestamp = comma > 0 && comma <= 40 ? line.slice(0, comma).trim() : undefined
      if (timestamp !== undefined && parseTimestamp(timestamp) !== undefined) sender.push(number, line.slice(comma + 1), timestamp)
      else sender.push(number, line)
    }
    await sender.whenRoom()
  }
}
