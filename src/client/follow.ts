/** Follows a sequence: its history, then new values, without gaps or repeats through outages and restarts. */
import { MINUTE, parseTimestamp, SECOND } from '../base/time.ts'
import type { Micros } from '../base/time.ts'
import { backoff, isPassing } from './backoff.ts'
import { FollowInbox } from './follow-inbox.ts'
import { SeenTimestamps } from './seen-timestamps.ts'
import type { Sequences } from './sequences.ts'
import type { SocketOptions } from './socket.ts'
import { DATA_TYPES } from '../wire/resource-types.ts'
import type { Reading } from './types.ts'
import { Unreachable } from './unreachable.ts'

/** How far a catch-up goes back before what was checked already: senders with their own clocks commit out of order. */
const OVERLAP: Micros = MINUTE
const CHECK_OVERLAP: Micros = 2 * SECOND

export interface Followed {
  reading: Reading
  /** False for the stored values at the beginning. */
  isNew: boolean
}

export interface FollowOptions {
  /** How many stored values to begin with. */
  last?: number
  signal?: AbortSignal
  /** Called when the server goes out of reach; following continues automatically. */
  onOutage?: (reason: Unreachable) => void
}

/**
 * Yields the last values of a sequence and then every new one, until the signal aborts. On each connection it subscribes first and reads
 * the stored values second, so that none is missed; timestamps tell which are the same.
 * @throws Fault when the server refuses for good (no such sequence, key revoked)
 */
export async function* followSequence(
  sequences: Sequences,
  socketOptions: SocketOptions,
  path: string,
  options: FollowOptions = {},
): AsyncGenerator<Followed> {
  const seen = new SeenTimestamps()
  const isNumeric = (await sequences.info(path)).system_attributes?.data_type === DATA_TYPES.numeric
  for (const reading of await firstReadings(sequences, path, options.last ?? 0, seen)) {
    seen.add(reading.timestamp)
    yield { reading, isNew: false }
  }
  const inbox = new FollowInbox(path, isNumeric, socketOptions, options)
  try {
    inbox.start()
    for await (const event of inbox.events()) {
      if (event.kind === 'refused') throw event.reason
      if (event.kind === 'value') {
        if (seen.add(event.reading.timestamp)) yield { reading: event.reading, isNew: true }
        continue
      }
      const from = seen.beginCatchUp(event.kind === 'check' ? CHECK_OVERLAP : OVERLAP)
      for await (const reading of readAgain(sequences, path, from, options)) if (seen.add(reading.timestamp)) yield { reading, isNew: true }
    }
  } finally {
    await inbox.close()
  }
}

/** Reads the last values, and sets where catching up may begin: values before the first of them are never yielded. */
async function firstReadings(sequences: Sequences, path: string, last: number, seen: SeenTimestamps): Promise<Reading[]> {
  const readings = await sequences.last(path, Math.max(last, 1))
  const newest = readings.at(-1)
  if (newest !== undefined)
    seen.beginAfter((parseTimestamp((last > 0 ? (readings[0] ?? newest) : newest).timestamp) ?? 0) - (last > 0 ? 1 : 0))
  return last > 0 ? readings : []
}

/** Reads stored values from a time on, through outages; starts again after one that breaks off. */
async function* readAgain(sequences: Sequences, path: string, start: string | undefined, options: FollowOptions): AsyncGenerator<Reading> {
  for (let attempt = 0; options.signal?.aborted !== true; attempt++) {
    try {
      yield* sequences.read(path, { start, order: 'asc' })
      return
    } catch (error) {
      // Out of reach again. The socket notices it too and another "subscribed" follows; but it may be that only HTTP fails.
      if (!isPassing(error)) throw error
      if (error instanceof Unreachable) options.onOutage?.(error)
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt, 5_000)))
    }
  }
}
