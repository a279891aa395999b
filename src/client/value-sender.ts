/** Sends values into one sequence, through outages: each is stamped when taken in, sent in batches, and reported durable or refused. */
import { Fault } from '../base/fault.ts'
import { retrying } from './backoff.ts'
import { csvField } from '../base/csv.ts'
import { Dating, type Moment } from './dating.ts'
import type { Sequences } from './sequences.ts'
import type { StamperClock } from './stamper.ts'
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
  /** Called once where the machine's clock was never set: values are dated by its counter and the server's clock. */
  onCounted?: () => void
  clock?: StamperClock
}

interface Waiting {
  number: number
  /** Its time, as it is to be sent now. */
  date: () => Moment
  /** A field of CSV. */
  value: string
}

const MAX_BATCH = 10_000
const MAX_BATCH_CHARACTERS = 2 * 1024 * 1024
/** Values in memory; beyond it the source has to wait. */
const MAX_WAITING = 200_000
const PATIENCE = 600_000
/** Characters of a time and of what stands around it. */
const LONGEST_TIME = 32
/** At most this many refused values are named in an answer. */
const NAMED = 100

export class ValueSender {
  readonly #sequences: Sequences
  readonly #options: ValueSenderOptions
  readonly #field: string
  readonly #dating: Dating
  readonly #waiting: Waiting[] = []
  #sending: Promise<void> | undefined
  #failure: unknown
  #roomMade: (() => void)[] = []
  #endedAt: number | undefined
  #isCounted = false
  #stored = 0
  #repeated = 0
  /** Values older than the sequence keeps them. */
  #expired = 0
  #refused = 0

  constructor(sequences: Sequences, path: string, options: ValueSenderOptions = {}) {
    this.#sequences = sequences
    this.#options = options
    this.#field = csvField(path)
    this.#dating = new Dating(options.clock)
  }

  /** Queues a value. Without a timestamp it gets that of this moment, so that sending it twice stores it once. */
  push(number: number, value: string, timestamp?: string): void {
    const date = timestamp === undefined ? this.#dating.take().date : (): Moment => ({ time: timestamp })
    this.#waiting.push({ number, date, value: csvField(value) })
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

  /** The first that wait, as long as all have a time, or all what the counter showed. */
  #takeBatch(): Waiting[] {
    let characters = 0
    let count = 0
    const isCounted = this.#waiting[0]?.date().counter !== undefined
    for (const { date, value } of this.#waiting) {
      if (count >= MAX_BATCH || characters >= MAX_BATCH_CHARACTERS || (date().counter !== undefined) !== isCounted) break
      characters += this.#field.length + value.length + LONGEST_TIME
      count++
    }
    return this.#waiting.slice(0, count)
  }

  #append(batch: readonly Waiting[]): ReturnType<Sequences['appendCsv']> {
    const moments = batch.map(({ date }) => date())
    const rows = batch.map(({ value }, at) => `${this.#field},${moments[at]?.counter?.monotonic ?? moments[at]?.time ?? ''},${value}\n`)
    // That of the last value: what the counter shows as they are sent.
    const counter = moments.at(-1)?.counter
    if (counter && !this.#isCounted) {
      this.#isCounted = true
      this.#options.onCounted?.()
    }
    const body = `path,timestamp,value\n${rows.join('')}`
    return this.#sequences.appendCsv(body, counter && { boot: counter.boot, monotonic_now: counter.monotonic_now })
  }

  /** Sends a batch, as often as it takes. Halves one that the server refuses as a whole, until the invalid value is found. */
  async #send(batch: Waiting[]): Promise<void> {
    try {
      const answer = await retrying(async () => this.#append(batch), {
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
