/** `rhizo seq update`: stores a value, or each line of stdin as one. */
import { Fault, invalid } from '../../src/base/fault.ts'
import { readBytes } from '../../src/base/regular-files.ts'
import type { Client } from '../../src/client/client.ts'
import { readLineBatches } from '../../src/client/lines.ts'
import { Stamper } from '../../src/client/stamper.ts'
import type { Zone } from '../../src/tables/local-clock.ts'
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
        'durable; lines that the server refuses are named on stderr, and the exit code is then 1. With --timed each line is ' +
        'timestamp,value in any form that says which day it means, also of a text sequence, whose lines may begin with a time that ' +
        'belongs to the text; without it, stderr says how such lines are taken.',
    )
    .argument('<path>', 'a sequence')
    .argument('<value>', 'a number or text; for an image sequence a JPEG file; - reads stdin')
    .option('--timestamp <time>', 'when it was measured; now unless given')
    .option('--timed', 'each line of stdin is timestamp,value')
    .option('--time-zone <zone>', 'with --timed: zone of times without one, such as Europe/Berlin or +01:00')
    .option('--patience <seconds>', 'how long to wait for a server out of reach after the last line of stdin', '600')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo seq update /greenhouse/north/temperature 21.5\n' +
        '  rhizo seq update /greenhouse/north/temperature -3.5 --timestamp 2026-01-31T12:00:00Z\n' +
        "  rhizo seq update /greenhouse/north/log 'door opened'\n" +
        '  rhizo seq update /greenhouse/north/log - --timed < notes.csv\n' +
        '  sensor | rhizo seq update /greenhouse/north/temperature -\n' +
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
          return updateOne(
            client,
            session.out,
            path,
            value === '-' ? await readAllOfStdin() : await readBytes(value, { once: true }),
            timestamp,
          )
        }
        if (value !== '-' && options.timed === true) throw invalid('--timed goes with -, which reads lines of stdin.')
        if (value !== '-') return updateOne(client, session.out, path, value, timestamp)
        if (options.timeZone !== undefined && options.timed !== true) throw invalid('--time-zone goes with --timed.')
        if (timestamp !== undefined) throw invalid('--timestamp goes with a value, not with stdin, whose lines have their own.')
        const isText = sequence !== undefined && dataTypeName(Number(sequence.system_attributes?.data_type)) === 'text'
        const reading = { isText, isTimed: options.timed === true, zone: await zoneOf(options.timeZone) }
        return updateFromLines(client, session.out, path, patience, reading)
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

interface Reading {
  isText: boolean
  isTimed: boolean
  /** Of times without one. */
  zone: Zone | undefined
}

const zoneOf = async (name: string | undefined): Promise<Zone | undefined> =>
  name === undefined ? undefined : (await import('../../src/tables/local-clock.ts')).zoneNamed(name, '--time-zone')

async function updateFromLines(client: Client, out: Output, path: string, patience: number, reading: Reading): Promise<void> {
  const { ValueSender } = await import('../../src/client/value-sender.ts')
  let announced = false
  const sender = new ValueSender(client.sequences, path, {
    patience,
    onRefused: (line, message) => out.warn(`line ${line}: ${message}`),
    onCounted: () => {
      out.warn("The clock of this machine was never set: times are told by its counter and the server's clock, with a controller's key.")
    },
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
    let unread = 0
    const onUnread = (line: number, message: string): void => {
      unread++
      out.warn(`line ${line}: ${message}.`)
    }
    await readInto(sender, reading, onUnread, (sentence) => out.warn(sentence)).catch((error: unknown) => {
      if (!interrupted) throw error
    })
    const ended = await sender.end()
    const result = { ...ended, refused: ended.refused + unread }
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

/** @param onUnread called for each line that is not what `reading` says it is */
async function readInto(
  sender: ValueSender,
  { isText, isTimed, zone }: Reading,
  onUnread: (line: number, message: string) => void,
  tell: (sentence: string) => void,
): Promise<void> {
  const { beginsWithTime, readPlainLine, TimedLines } = await import('../support/value-lines.ts')
  const timed = isTimed ? new TimedLines(zone) : undefined
  let [number, isTold] = [0, !isText || isTimed]
  for await (const lines of readLineBatches(process.stdin)) {
    for (const line of lines) {
      number++
      if (line.trim() === '') continue
      const read = timed ? timed.read(line, number) : readPlainLine(line)
      if (typeof read === 'string') {
        onUnread(number, read)
        continue
      }
      if (!isTold && beginsWithTime(line)) {
        isTold = true
        tell(
          read.timestamp === undefined
            ? `Line ${number} begins with a time, which is stored as part of the text; with --timed it is the time of the value.`
            : `Line ${number} begins with a time, and is stored at it, without it.`,
        )
      }
      sender.push(number, read.value, read.timestamp)
    }
    await sender.whenRoom()
  }
}
