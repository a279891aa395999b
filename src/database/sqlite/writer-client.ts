/**
 * The main thread's side of the writer thread: requests in order, and a lock that one user holds at a time. The lock keeps statements out
 * of a transaction that another caller has open, whose rollback would undo them.
 */
import { Worker } from 'node:worker_threads'
import { Fault } from '../../base/fault.ts'
import { workerUrl } from '../../base/worker-url.ts'
import { DatabaseError } from '../errors.ts'
import {
  ownMemory,
  type RowsStep,
  type Sync,
  type WriterMessage,
  type WriterReply,
  type WriterRequest,
  type WriterSettings,
} from './writer-protocol.ts'

type StatementReply = Extract<WriterReply, { kind: 'statement' }>
type ShrinkReply = Extract<WriterReply, { kind: 'shrink' }>
type RowsReply = Extract<WriterReply, { kind: 'rows' }>
type Unnumbered<R> = R extends WriterRequest ? Omit<R, 'id'> : never

interface Waiter {
  resolve(reply: WriterReply): void
  reject(error: unknown): void
}

/** Turns failures of the disk into a Fault that a client can act on; returns other errors as DatabaseError. */
function explain(code: string, message: string): Error {
  if (code === 'SQLITE_FULL')
    return new Fault('busy', 'The disk is full: nothing was stored. Free some space on the server.', { retryAfter: 60 })
  if (code === 'SQLITE_BUSY')
    return new Fault('busy', 'The database is in use by another program: nothing was stored. Try again.', { retryAfter: 5 })
  if (code.startsWith('SQLITE_IOERR'))
    return new Fault('busy', `The disk failed (${code}): nothing was stored. Look at the server's disk.`, { retryAfter: 60 })
  return new DatabaseError(code, message)
}

/** Writes rows to the database, in transactions of their own. */
export interface RowWriter {
  /** @param sync 'now' unless given */
  rows(steps: RowsStep[], sync?: Sync): Promise<RowsReply>
}

export class Writer implements RowWriter {
  #worker: Worker
  #waiters = new Map<number, Waiter>()
  #nextId = 1
  #tail: Promise<void> = Promise.resolve()
  #dead: Error | undefined
  #isClosing = false
  #onFatal: (error: Error) => void

  private constructor(worker: Worker, onFatal: (error: Error) => void) {
    this.#worker = worker
    this.#onFatal = onFatal
  }

  /** Starts the thread; resolves when its connection is open. */
  static async start(settings: WriterSettings, onFatal: (error: Error) => void): Promise<Writer> {
    const worker = new Worker(workerUrl('database/sqlite/writer'), { workerData: settings })
    const writer = new Writer(worker, onFatal)
    await new Promise<void>((resolve, reject) => {
      worker.once('error', reject)
      worker.on('message', (message: WriterMessage) => {
        if (message.kind === 'ready') {
          worker.off('error', reject)
          worker.on('error', (error: Error) => writer.#die(error))
          worker.on('exit', () => writer.#die(new Error('the writer thread ended')))
          resolve()
        } else writer.#receive(message)
      })
    })
    return writer
  }

  #receive(reply: WriterReply): void {
    const waiter = this.#waiters.get(reply.id)
    if (!waiter) return
    this.#waiters.delete(reply.id)
    if (reply.kind === 'error') waiter.reject(explain(reply.code, reply.message))
    else waiter.resolve(reply)
  }

  #die(error: Error): void {
    if (this.#dead) return
    this.#dead = error
    const waiters = [...this.#waiters.values()]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.reject(error)
    // A thread that was told to close may exit before its last reply arrives.
    if (!this.#isClosing) this.#onFatal(error)
  }

  #send(request: Unnumbered<WriterRequest>, transfer: ArrayBuffer[] = []): Promise<WriterReply> {
    if (this.#dead) return Promise.reject(this.#dead)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve, reject })
      this.#worker.postMessage({ ...request, id }, transfer)
    })
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

  /** Runs one statement; the caller holds the lock. */
  async statement(sql: string, parameters: readonly unknown[]): Promise<StatementReply> {
    return (await this.#send({ kind: 'statement', sql, parameters })) as StatementReply
  }

  /** Writes rows in one transaction of their own; takes the lock. */
  async rows(steps: RowsStep[], sync: Sync = 'now'): Promise<RowsReply> {
    const release = await this.lock()
    try {
      return (await this.#send({ kind: 'rows', steps, sync }, ownMemory(steps))) as RowsReply
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
      return (await this.#send({ kind: 'shrink', pages })) as ShrinkReply
    } finally {
      release()
    }
  }

  /** Copies the whole database consistently into a new file, while other work continues. */
  async backup(path: string): Promise<void> {
    await this.#send({ kind: 'backup', path })
  }

  /** Finishes pending requests, closes the connection and ends the thread. */
  async close(): Promise<void> {
    const release = await this.lock()
    try {
      if (this.#dead) return
      this.#isClosing = true
      await this.#send({ kind: 'close' }).catch((error: unknown) => {
        if (error !== this.#dead) throw error
      })
      this.#dead = new Error('the database is closed')
      await this.#worker.terminate()
    } finally {
      release()
    }
  }
}
