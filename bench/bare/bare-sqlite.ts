/**
 * The cost of SQLite alone: better-sqlite3 with rows `(sequence, time, value)`, WAL and synchronous=FULL, in one process without anything
 * around it. Its argument is a job as JSON, its output the result as JSON.
 */
import Database from 'better-sqlite3'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleave, type Shape } from '../shapes.ts'

export interface SqliteJob {
  /** Total number of rows to insert. */
  rows: number
  /** Rows in one commit. */
  batch: number
  /** Number of sequences, which take turns. */
  sequences: number
  /**
   * If given, the rows are a series of this shape for each sequence, made beforehand; otherwise a sine every second, made while inserting.
   */
  shape?: Shape
  /** If given, the rows are then read this many times: in buckets over everything, and 10,000 from the middle. */
  reads?: number
}

export interface SqliteResult {
  rowsPerSecond: number
  /** Size of the file, after a checkpoint. */
  fileBytes: number
  /** Bytes written to the disk for each row, as the system counts them. */
  writtenBytes: number
  /** Milliseconds of each read; empty when none was requested. */
  buckets: number[]
  ranges: number[]
}

const START = Date.UTC(2026, 0, 1) * 1000
const STEP = 1_000_000

function run(job: SqliteJob, file: string): SqliteResult {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec('create table value (sequence integer, time integer, value real, primary key (sequence, time)) without rowid, strict')
  const insert = db.prepare('insert into value (sequence, time, value) values (?, ?, ?)')
  const made = job.shape === undefined ? undefined : [...interleave(job.shape, job.sequences, Math.ceil(job.rows / job.sequences))]
  const commitMade = db.transaction((from: number, to: number) => {
    for (let row = from; row < to; row++) insert.run(made?.[row]?.sequence, made?.[row]?.time, made?.[row]?.value)
  })
  const commitSine = db.transaction((from: number, to: number) => {
    for (let row = from; row < to; row++)
      insert.run(row % job.sequences, START + Math.floor(row / job.sequences) * STEP, Math.round(Math.sin(row / 1000) * 1000) / 100)
  })
  const commit = made ? commitMade : commitSine
  const writtenBefore = countWritten()
  const began = performance.now()
  for (let row = 0; row < job.rows; row += job.batch) commit(row, Math.min(row + job.batch, job.rows))
  const rowsPerSecond = job.rows / ((performance.now() - began) / 1000)

  db.pragma('wal_checkpoint(TRUNCATE)')
  const writtenBytes = (countWritten() - writtenBefore) / job.rows
  const fileBytes = statSync(file).size

  const last = START + Math.floor((job.rows - 1) / job.sequences) * STEP
  const bucket = db.prepare(
    'select min(time), max(time), min(value), max(value), avg(value), count(*) from value where sequence = 0 and time between ' +
      '? and ? group by cast((time - ?) / ? as integer)',
  )
  const range = db.prepare('select time, value from value where sequence = 0 and time between ? and ? order by time')
  const result: SqliteResult = { rowsPerSecond, fileBytes, writtenBytes, buckets: [], ranges: [] }
  for (let read = 0; read < (job.reads ?? 0); read++) {
    const from = START + read * STEP
    result.buckets.push(timed(() => JSON.stringify(bucket.raw().all(from, last, from, Math.ceil((last - from + 1) / 1000)))))
    const middle = from + Math.floor((last - START) / 2 / STEP) * STEP
    result.ranges.push(timed(() => JSON.stringify(range.raw().all(middle, middle + 9_999 * STEP))))
  }
  db.close()
  return result
}

const countWritten = (): number => Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

function timed(work: () => unknown): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

const job = JSON.parse(process.argv[2] ?? '') as SqliteJob
const folder = mkdtempSync(join(tmpdir(), 'rhizo-bare-'))
try {
  console.log(JSON.stringify(run(job, join(folder, 'bare.db'))))
} finally {
  rmSync(folder, { recursive: true })
}
