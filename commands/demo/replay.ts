/** Sends recorded rows in real order and proportion, but many times faster. */
import { setTimeout } from 'node:timers/promises'
import { DAY, type Micros } from '../../src/base/time.ts'
import type { RecordRow } from './record.ts'

export interface Player {
  rows: RecordRow[]
  /** Sends one row; resolves when it is durable. */
  send: (row: RecordRow) => Promise<void>
}

/**
 * Plays the rows of all players on one clock that starts at `start`, until they end or the signal aborts.
 * @param speed days of the record that pass in a second
 */
export async function replay(players: Player[], start: Micros, speed: number, signal: AbortSignal): Promise<void> {
  const began = performance.now()
  const millisecondsUntil = (time: Micros): number => ((time - start) / DAY / speed) * 1000 - (performance.now() - began)
  await Promise.all(
    players.map(async ({ rows, send }) => {
      for (const row of rows) {
        await setTimeout(Math.max(0, millisecondsUntil(row.time)), undefined, { signal }).catch(() => {})
        if (signal.aborted) return
        await send(row)
      }
    }),
  )
}
