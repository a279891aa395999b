/** Other stores of time series, measured with the same values where their commands are installed. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { influx } from './influx.ts'
import { victoria } from './victoria.ts'

export interface OtherFigures {
  name: string
  valuesPerSecond: number
  bytesPerValue: number
  /** Milliseconds of a read of the newest day, and of everything, in buckets with min, max and mean. */
  day: number
  all: number
}

export interface RunningOther {
  /** Stores points of one series; resolves when they are acknowledged. */
  write(points: readonly { time: number; value: number }[]): Promise<void>
  /** Bytes of its data on the disk, once it has written and compacted what it wants to. */
  settledBytes(): Promise<number>
  /** Min, max and mean in `points` buckets. @returns how many it answered with */
  read(start: number, end: number, points: number): Promise<number>
  stop(): Promise<void>
}

export interface Other {
  readonly name: string
  readonly command: string
  /** Values of one request, where it is at its best. */
  readonly batch: number
  start(): Promise<RunningOther>
}

export function findOthers(): Other[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return [influx, victoria].filter(({ command }) => folders.some((folder) => existsSync(join(folder, command))))
}
