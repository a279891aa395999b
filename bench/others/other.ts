/** Other stores of time series, measured with the same values if their commands are installed. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { influx } from './influx.ts'
import { victoria } from './victoria.ts'

export interface OtherFigures {
  name: string
  valuesPerSecond: number
  bytesPerValue: number
  /** Milliseconds to read the newest day, and to read everything, in buckets with min, max and mean. */
  day: number
  all: number
}

export interface RunningOther {
  /** Stores points of one series; resolves when they are acknowledged. */
  write(points: readonly { time: number; value: number }[]): Promise<void>
  /** Bytes of its data on disk, after it has finished writing and compacting. */
  settledBytes(): Promise<number>
  /** Min, max and mean in `points` buckets. @returns how many buckets it answered */
  read(start: number, end: number, points: number): Promise<number>
  stop(): Promise<void>
}

export interface Other {
  readonly name: string
  readonly command: string
  /** Values in one request, where it is fastest. */
  readonly batch: number
  start(): Promise<RunningOther>
}

export function findOthers(): Other[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return [influx, victoria].filter(({ command }) => folders.some((folder) => existsSync(join(folder, command))))
}
