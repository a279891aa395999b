/** Sends values into one sequence, through outages: each is stamped when taken in, sent in batches, and reported durable or refused. */
import { Fault } from '../base/fault.ts'
import { formatTimestamp } from '../base/time.ts'
import { retrying } from './backoff.ts'
import { csvField } from '../base/csv.ts'
import type { Sequences } from './sequences.ts'
import { Stamper } from './stamper.ts'
import type { ValueError } from './types.ts'

export interface ValueSenderOptions {
  /** Called for each value that the server refused, with its number as counted by the caller. */
  onRefused?: (number: number, message: string) => void
  onOutage?: (reason: Fault, waited: number) => void
  /**
   * Milliseconds to wait for a server that is out of reach, after the last value was pushed; default: ten minutes. Before that it waits for
   * ever.
   */
  patience?: number
}

interface Waiting {
  number: number
  /** A row of CSV. */
  row: string
}

const MAX_BATCH = 10_000
const MAX_BATCH_CHARACTERS = 2 * 1024 * 1024
/** Values in memory; beyond it the source has to wait. */
const MAX_WAITING = 200_000
const PATIENCE = 600_000
/** At most this many refused values are named in an answer. */
const NAMED = 100

export class ValueSender {
  readonly #sequences: Sequences
  readonly #options: ValueSenderOptions
  readonly #field: string
  readonly #stamper = new Stamper()
  readonly #waiting: Waiting[] = []
  #sending: Promise<void> | undefined
  #failure: unknown
  #roomMade: (() => void)[] = []
  #endedAt: number | undefined
  #stored = 0
  #repeated = 0
  /** Values older than the sequence keeps them. */
  #expired = 0
  #refused = 0

  constructor(sequences: Sequences, path: string, options: ValueSenderOptions = {}) {
    this.#sequences = sequences
    this.#options = options
    this.#field = csvField(path)
  }

  /** Queues a value. Without a timestamp it gets the current one, so that sending it twice stores it once. */
  push(number: number, value: string, timestamp?: string): void {
    this.#waiting.push({ number, row: `${this.#field},${timestamp ?? formatTimestamp(this.#stamper.nextMicros())},${csvField(value)}\n` })
    this.#sending ??= this.#sendAll()
  }

  /** Waits while too many values are queued. @throws the error that ended the sending */
  async whenRoom(): Promise<void> {
    while (this.#waiting.length >= MAX_WAITING && this.#failure === undefined)
      await new Promise<void>((resolve) => this.#roomMade.push(resolve))
    if (this.#failure !== undefined) throw this.#failure as Error
  }

  /** Call it after the last value: waits until each is durable or refused. @throws the error that ended the sending before that */
  async end(): Promise<{ stored: number; repeated: number; expired: number; refused: number }> {
    this.#endedAt = performance.now()
    await this.#sending
    if (this.#failure !== undefined) throw this.#failure as Error
    return { stored: this.#stored, repeated: this.#repeated, expired: this.#expired, refused: this.#refused }
  }

  get unsent(): number {
    return this.#waiting.length
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#takeBatch()
        await this.#send(batch)
        this.#waiting.splice(0, batch.length)
        for (const resolve of this.#roomMade.splice(0)) resolve()
      }
    } catch (error) {
      this.#failure = error
      for (const resolve of this.#roomMade.splice(0)) resolve()
      return
    }
    this.#sending = undefined
  }

  #takeBatch(): Waiting[] {
    let characters = 0
    let count = 0
    for (; count < this.#waiting.length && count < MAX_BATCH && characters < MAX_BATCH_CHARACTERS; count++)
      characters += this.#waiting[count]?.row.length ?? 0
    return this.#waiting.slice(0, count)
  }

  /** Sends a batch, as often as it takes. Halves one that the server refuses as a whole, until the invalid value is found. */
  async #send(batch: Waiting[]): Promise<void> {
    const body = `path,timestamp,value\n${batch.map(({ row }) => row).join('')}`
    try {
      const answer = await retrying(async () => this.#sequences.appendCsv(body), {
        persist: () => this.#endedAt === undefined || performance.now() - this.#endedAt < (this.#options.patience ?? PATIENCE),
        ...(this.#options.onOutage === undefined ? {} : { onOutage: this.#options.onOutage }),
        longestWait: 2_000,
      })
      if (answer.refused > answer.errors.length && batch.length > NAMED) return await this.#sendInPieces(batch, NAMED)
      this.#stored += answer.stored
      this.#repeated += answer.repeated
      this.#expired += answer.expired ?? 0
      for (const error of answer.errors) this.#refuse(batch[error.index], error)
    } catch (error) {
      const isAboutContent = error instanceof Fault && (error.code === 'invalid' || error.code === 'too_large')
      if (!isAboutContent) throw error
      if (batch.length === 1) this.#refuse(batch[0], error)
      else await this.#sendInPieces(batch, Math.ceil(batch.length / 2))
    }
  }

  async #sendInPieces(batch: Waiting[], size: number): Promise<void> {
    for (let at = 0; at < batch.length; at += size) await this.#send(batch.slice(at, at + size))
  }

  #refuse(value: Waiting | undefined, { message }: Pick<ValueError, 'message'>): void {
    this.#refused++
    if (value !== undefined) this.#options.onRefused?.(value.number, message)
  }
}
