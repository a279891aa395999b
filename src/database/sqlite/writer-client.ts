/**
 * The main thread's side of the writer thread: requests in order, and a lock that one user holds at a time. The lock keeps statements out
 * of a transaction that another caller has open, whose rollback would undo them.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { explainDiskError } from '../../base/disk-errors.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { WorkerCalls } from '../../base/worker-calls.ts'
import { workerUrl } from '../../base/worker-url.ts'
import { DatabaseError } from '../errors.ts'
import type { ChangedPages, PagePosition } from './pages.ts'
import { StatementCalls } from './statement-calls.ts'
import {
  IN_DOUBT,
  LOST,
  ownMemory,
  ROLLED_BACK,
  type RowsStep,
  type Sync,
  type WriterReply,
  type WriterRequest,
  type WriterSettings,
} from './writer-protocol.ts'

type StatementReply = Extract<WriterReply, { kind: 'statement' }>
type ShrinkReply = Extract<WriterReply, { kind: 'shrink' }>
type PagesReply = Extract<WriterReply, { kind: 'pages' }>
type RowsReply = Extract<WriterReply, { kind: 'rows' }>

/** Turns failures of the disk into a Fault that a client can act on; returns other errors as DatabaseError. */
function explain(code: string, message: string): Error {
  if (code === LOST) return new Fault('busy', 'Another daemon has taken the database over: nothing was stored, and this one ends.')
  if (code === 'SQLITE_BUSY')
    return new Fault('busy', 'The database is in use by another program: nothing was stored. Try again.', { retryAfter: 5 })
  if (code === IN_DOUBT) return new Fault('busy', describeDoubt(message), { retryAfter: 10 })
  if (code === ROLLED_BACK)
    return new Fault('busy', 'The database has rolled the transaction back: nothing was stored. Try again.', { retryAfter: 5 })
  const error = new DatabaseError(code, message)
  // What is damaged may be passed over by whoever asked for it.
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(code)) return error
  return explainDiskError(error, 'The database', 'nothing was stored') ?? error
}

/** @param reason what failed */
export const describeDoubt = (reason: string): string =>
  `The disk did not take what was written to the database (${reason}): nothing is stored until the database's log could be emptied, ` +
  "which each write tries again. Look at the server's disk and at the log of its system (dmesg)."

/** @throws Error what the writer reports */
function requireDone(reply: WriterReply): WriterReply {
  if (reply.kind === 'error') throw explain(reply.code, reply.message)
  return reply
}

/** Writes rows to the database, in transactions of their own. */
export interface RowWriter {
  /** @param sync 'now' unless given */
  rows(steps: RowsStep[], sync?: Sync): Promise<RowsReply>
}

/** What changes a database: the writer's thread, or what refuses every change of one that is only looked at. */
export type DatabaseWriter = Pick<Writer, 'lock' | 'statement' | 'rollBack' | 'rows' | 'shrink' | 'pages' | 'refuse' | 'trouble' | 'close'>

export class Writer implements RowWriter {
  readonly #worker: Worker
  readonly #calls: WorkerCalls<WriterRequest, WriterReply>
  readonly #statements: StatementCalls
  #tail: Promise<void> = Promise.resolve()
  #isClosing = false
  #isLost = false
  #refusal: Fault | undefined
  #trouble: string | undefined

  private constructor(worker: Worker, onFatal: (error: Error) => void, log: Log) {
    this.#worker = worker
    worker.on('message', (message: WriterReply) => {
      if (message.kind === 'state') this.#setDoubt(message.doubt, log)
    })
    const open = (reply: WriterReply): WriterReply => {
      if (reply.kind === 'error' && reply.code === LOST) this.#lose(onFatal)
      return requireDone(reply)
    }
    this.#calls = new WorkerCalls(worker, open, (error) => {
      // A thread that was told to close may exit before its last reply arrives.
      if (!this.#isClosing) onFatal(error)
    })
    this.#statements = new StatementCalls(this.#calls, open)
  }

  #setDoubt(doubt: string | undefined, log: Log): void {
    this.#trouble = doubt === undefined ? undefined : describeDoubt(doubt)
    if (this.#trouble !== undefined) log.error({ reason: doubt }, this.#trouble)
    else
      log.warn({}, "the database's log was emptied after an error of the disk: what was acknowledged is there, and values are stored again")
  }

  /** Why nothing is committed until the disk is well again; undefined when all is well. For whoever asks how the server is. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  #lose(onFatal: (error: Error) => void): void {
    if (this.#isLost) return
    this.#isLost = true
    onFatal(
      new Error(
        'another rhizo daemon has taken the database over. What this one acknowledged before is in it. See that one daemon runs on it: ' +
          'two on one file end each other.',
      ),
    )
  }

  /** Starts the thread; resolves when its connection is open. */
  static async start(settings: WriterSettings, onFatal: (error: Error) => void, log: Log): Promise<Writer> {
    const worker = new Worker(workerUrl('database/sqlite/writer'), { workerData: settings })
    // Its first message says that it is ready; an error before that is thrown here.
    await once(worker, 'message')
    return new Writer(worker, onFatal, log)
  }

  /**
   * Waits until the writer is free and keeps it until the returned function is called. The holder must not call a method that takes the
   * lock itself ({@link rows}, or a statement through the outer Db): it would wait for ever.
   */
  async lock(): Promise<() => void> {
    let release = (): void => {}
    const before = this.#tail
    this.#tail = new Promise((resolve) => {
      release = resolve
    })
    await before
    return release
  }

  /** From now on nothing is written: each request to write fails with this. */
  refuse(fault: Fault): void {
    this.#refusal = fault
  }

  #requireWritable(): void {
    if (this.#refusal) throw this.#refusal
  }

  /**
   * Runs one statement; the caller holds the lock.
   * @param isInside belongs to the open transaction: fails when SQLite has rolled that back
   */
  async statement(sql: string, parameters: readonly unknown[], isInside = false): Promise<StatementReply> {
    this.#requireWritable()
    return (await this.#statements.call({ sql, parameters, isInside })) as StatementReply
  }

  /** Ends the transaction without it; the caller holds the lock. Fine when SQLite has rolled back by itself. */
  async rollBack(): Promise<void> {
    await this.#statements.call({ sql: 'rollback', parameters: [], isInside: true })
  }

  /** Writes rows in one transaction of their own; takes the lock. */
  async rows(steps: RowsStep[], sync: Sync = 'now'): Promise<RowsReply> {
    const release = await this.lock()
    try {
      this.#requireWritable()
      return (await this.#calls.call({ kind: 'rows', steps, sync }, ownMemory(steps))) as RowsReply
    } finally {
      release()
    }
  }

  /**
   * Gives at most this many free pages of the file back to the disk; takes the lock. @returns how many pages are still free, of how many,
   * and how long it took
   */
  async shrink(pages: number): Promise<Pick<ShrinkReply, 'free' | 'total' | 'milliseconds'>> {
    const release = await this.lock()
    try {
      this.#requireWritable()
      return (await this.#calls.call({ kind: 'shrink', pages })) as ShrinkReply
    } finally {
      release()
    }
  }

  /**
   * Pages that changed since a position, at one moment between two transactions; takes the lock.
   * @param since undefined: says only where to begin
   * @param most pages
   */
  async pages(since: PagePosition | undefined, most: number): Promise<ChangedPages> {
    const release = await this.lock()
    try {
      return ((await this.#calls.call({ kind: 'pages', since, most })) as PagesReply).changed
    } finally {
      release()
    }
  }

  /** Finishes pending requests, closes the connection and ends the thread. */
  async close(): Promise<void> {
    const release = await this.lock()
    try {
      if (this.#calls.ended) return
      this.#isClosing = true
      const failure = await this.#calls.call({ kind: 'close' }).then(
        () => undefined,
        (error: unknown) => (error === this.#calls.ended ? undefined : error instanceof Error ? error : new Error(String(error))),
      )
      this.#calls.end(new Error('the database is closed'))
      await this.#worker.terminate()
      if (failure !== undefined) throw failure
    } finally {
      release()
    }
  }
}
