/**
 * The store of sequences alone, in a process of its own: no transport, no permissions. Its argument is a job as JSON, its output the result
 * as JSON.
 */
import Database from 'better-sqlite3'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { openSqlite } from '../../src/database/sqlite/sqlite.ts'
import type { RowWriter } from '../../src/database/sqlite/writer-client.ts'
import { silentLog } from '../../src/base/log.ts'
import { silentObserver, type Observer } from '../../src/base/store-observer.ts'
import { NumberBlock, encodeNumbers } from '../../src/storage/engine/blocks/number-block.ts'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import type { AppendRow } from '../../src/storage/sequence-store.ts'
import { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { quantile } from '../numbers.ts'
import { Series, interleave, type Shape } from '../shapes.ts'

/** `count` values for each of `sequences`. */
interface Amount {
  shape: Shape
  sequences: number
  count: number
}

export type StoreJob =
  /** Appends in batches, one after the other; then seals everything and gives free pages back. */
  | ({ kind: 'fill'; batch: number } & Amount)
  /** Appends one value of every sequence at a time, then seals everything. */
  | ({ kind: 'live' } & Amount)
  /** Decodes blocks for this many seconds. */
  | { kind: 'decode'; shape: Shape; seconds: number }

export interface StoreResult {
  /** Values acknowledged, or decoded. */
  valuesPerSecond: number
  /** Values a second, from the first value to the last sealed block. */
  sealedPerSecond?: number
  /** Size of the whole database file; and when it was empty. */
  fileBytes?: number
  emptyBytes?: number
  /** Bytes written to the disk for each value, as the system counts them. */
  writtenBytes?: number
  /** Milliseconds from an append until it was durable, while nothing was being sealed. */
  p99?: number
  /** The same while values were being sealed, and how many commits that were. */
  sealingP99?: number
  sealingCommits?: number
  /** Milliseconds for which the longest transaction of sealing held the writer. */
  longestHold?: number
}

/** What measuring needs beside the store itself. */
interface Tools {
  /** Gives free pages back. @returns the file's size */
  readonly giveBack: () => Promise<number>
  /** Milliseconds for which each transaction of sealing held the writer. */
  readonly holds: readonly number[]
}

async function withStore(
  observer: Observer,
  work: (store: SqliteSequenceStore, tools: Tools) => Promise<StoreResult>,
): Promise<StoreResult> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-store-'))
  const path = join(folder, 'lab.db')
  const database = await openSqlite({
    path,
    synchronous: 'FULL',
    clock: systemClock,
    log: silentLog,
    onFatal: (error) => console.error(error),
  })
  const holds: number[] = []
  const writer: RowWriter = {
    rows: async (steps, sync) => {
      const reply = await database.writer.rows(steps, sync)
      if (sync === 'later') holds.push(reply.commitMs)
      return reply
    },
  }
  const store = await SqliteSequenceStore.open(database.reader, writer, { observer, log: silentLog })
  const giveBack = async (): Promise<number> => {
    for (let { free } = await database.writer.shrink(0); free > 0; ) ({ free } = await database.writer.shrink(free))
    const connection = new Database(path)
    connection.pragma('wal_checkpoint(TRUNCATE)')
    connection.close()
    return statSync(path).size
  }
  try {
    return await work(store, { giveBack, holds })
  } finally {
    await store.close()
    await database.close()
    rmSync(folder, { recursive: true })
  }
}

function* batchesOf({ shape, sequences, count }: Amount, size: number): Generator<AppendRow[]> {
  const refs = Array.from({ length: sequences }, (_, at) => ({ id: at + 1, isText: false }))
  let batch: AppendRow[] = []
  for (const { sequence, time, value } of interleave(shape, sequences, count)) {
    batch.push({ sequence: refs[sequence] ?? { id: 0, isText: false }, time, value })
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

const writtenBytes = (): number => Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])

const fill = (job: Amount & { batch: number }): Promise<StoreResult> =>
  withStore(silentObserver, async (store, { giveBack }) => {
    const emptyBytes = await giveBack()
    // Make the values beforehand, since that should not be measured.
    const batches = [...batchesOf(job, job.batch)]
    const total = job.sequences * job.count
    const began = performance.now()
    for (const batch of batches) await store.append(batch)
    const acknowledged = performance.now() - began
    await store.seal()
    const sealed = performance.now() - began
    return {
      valuesPerSecond: (total / acknowledged) * 1000,
      sealedPerSecond: (total / sealed) * 1000,
      emptyBytes,
      fileBytes: await giveBack(),
    }
  })

async function live(job: Amount): Promise<StoreResult> {
  const sealings: { from: number; to: number }[] = []
  const observer: Observer = {
    ...silentObserver,
    sealed: (milliseconds) => void sealings.push({ from: performance.now() - milliseconds, to: performance.now() }),
  }
  return withStore(observer, async (store, { holds }) => {
    const before = writtenBytes()
    const commits: { from: number; to: number }[] = []
    const began = performance.now()
    for (const batch of batchesOf(job, job.sequences)) {
      const from = performance.now()
      await store.append(batch)
      commits.push({ from, to: performance.now() })
    }
    const valuesPerSecond = (job.sequences * job.count * 1000) / (performance.now() - began)
    // Include the writes of values that still have to be sealed.
    await store.seal()
    const isBeside = ({ from, to }: { from: number; to: number }): boolean =>
      sealings.some((sealing) => from < sealing.to && to > sealing.from)
    const p99 = (some: { from: number; to: number }[]): number =>
      quantile(
        some.map(({ from, to }) => to - from),
        0.99,
      )
    const beside = commits.filter(isBeside)
    return {
      valuesPerSecond,
      writtenBytes: (writtenBytes() - before) / (job.sequences * job.count),
      p99: p99(commits.filter((commit) => !isBeside(commit))),
      sealingP99: p99(beside),
      sealingCommits: beside.length,
      longestHold: Math.max(...holds),
    }
  })
}

function decode({ shape, seconds }: { shape: Shape; seconds: number }): StoreResult {
  const series = new Series(shape, 1)
  const blocks = Array.from({ length: 32 }, () => {
    const points = Array.from({ length: BLOCK_VALUES }, () => series.next())
    return encodeNumbers(
      Float64Array.from(points, ({ time }) => time),
      Float64Array.from(points, ({ value }) => value),
    ).data
  })
  const run = (milliseconds: number): number => {
    let values = 0
    const began = performance.now()
    while (performance.now() - began < milliseconds) for (const data of blocks) values += NumberBlock.open(data).decode().times.length
    return (values / (performance.now() - began)) * 1000
  }
  run(500)
  return { valuesPerSecond: run(seconds * 1000) }
}

const job = JSON.parse(process.argv[2] ?? '') as StoreJob
const run = (): StoreResult | Promise<StoreResult> => {
  if (job.kind === 'fill') return fill(job)
  if (job.kind === 'live') return live(job)
  return decode(job)
}
console.log(JSON.stringify(await run()))
