/** Starts a lab's data as a server does, and compares what is there with what was acknowledged. */
import { createHash } from 'node:crypto'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { formatTimestamp, type Micros } from '../../src/base/time.ts'
import { openContent } from '../../src/content/content.ts'
import type { Context } from '../../src/context.ts'
import { examine } from '../../src/doctor/doctor.ts'
import { openContext } from '../../src/open-context.ts'
import { readRevision } from '../../src/resources/files.ts'
import { serverActor } from '../../src/resources/system.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { loadSettings } from '../../src/settings/settings.ts'
import type { Ledger } from './ledger.ts'
import type { Resource } from '../../src/tree/tree.ts'

export interface Comparison {
  /** How much of what was acknowledged was looked up. */
  readonly values: number
  readonly files: number
  /** What is missing or wrong, in words; and what the doctor finds. */
  readonly losses: readonly string[]
}

/** Losses of one kind that are named one by one. */
const NAMED = 5

/** @param file the settings of the lab */
export async function compare(file: string, ledger: Ledger, moment: bigint): Promise<Comparison> {
  const losses: string[] = []
  const expected = ledger.at(moment)
  let values = 0
  try {
    const opened = await openContext(loadSettings(file, {}), { clock: systemClock, log: silentLog, isDaemon: true })
    try {
      for (const [path, times] of expected.values) {
        losses.push(...(await compareValues(opened.ctx, path, times)))
        values += times.size
      }
      for (const [path, hash] of expected.files) losses.push(...(await compareFile(opened.ctx, path, hash)))
    } finally {
      await opened.close()
    }
    const { findings } = await examine({ file, environment: {}, clock: systemClock, urlOf: () => '', isQuick: false })
    for (const { check, subject, problem, severity } of findings)
      if (severity === 'error' && check !== 'machine') losses.push(`the doctor: ${subject} ${problem}`)
  } catch (error) {
    losses.push(`it does not start: ${error instanceof Error ? error.message : String(error)}`)
  }
  return { values, files: expected.files.size, losses }
}

async function compareValues(ctx: Context, path: string, times: ReadonlyMap<Micros, number>): Promise<string[]> {
  const sequence = ctx.tree.find(path)
  if (!sequence) return [`${path} is gone, with ${times.size} values`]
  const found = new Map<Micros, number | string>()
  for (let start: Micros | undefined, more = true; more; ) {
    const page = await ctx.sequences.read(refOf(sequence), { limit: 50_000, order: 'ascending', start })
    for (const [row, time] of page.times.entries()) found.set(time, page.values[row] ?? '')
    start = (page.times.at(-1) ?? 0) + 1
    more = page.more
  }
  const wrong = [...times].filter(([time, value]) => found.get(time) !== value)
  const named = wrong.slice(0, NAMED).map(([time, value]) => `${formatTimestamp(time)} was ${value}, is ${found.get(time) ?? 'gone'}`)
  return wrong.length === 0 ? [] : [`${path}: ${wrong.length} of ${times.size} values are lost or wrong (${named.join('; ')})`]
}

async function compareFile(ctx: Context, path: string, hash: string | undefined): Promise<string[]> {
  const file: Resource | undefined = ctx.tree.find(path)
  if (hash === undefined) return file ? [`${path} is there, though its removal was acknowledged`] : []
  if (!file) return [`${path} is gone`]
  const sum = createHash('sha1')
  try {
    const content = await openContent(ctx, await readRevision(ctx, serverActor, file))
    if (content instanceof Uint8Array) sum.update(content)
    else for await (const chunk of content as AsyncIterable<Uint8Array>) sum.update(chunk)
  } catch (error) {
    return [`${path} can't be read: ${error instanceof Error ? error.message : String(error)}`]
  }
  return sum.digest('hex') === hash ? [] : [`${path} has another content`]
}
