/**
 * Answers by HTTP until they are read: what they hold counts in the memory that readers share, and a reader who takes nothing of an answer
 * for too long loses it. A stranger waits as long as with most web servers; a script with a key may think about a row for some minutes.
 */
import type { ServerResponse } from 'node:http'
import type { AnswerRoom } from '../../src/base/answer-room.ts'
import { Fault } from '../../src/base/fault.ts'
import type { Log } from '../../src/base/log.ts'
import { RareLine } from './rare-line.ts'
import type { AnswerMemory, Holding } from './answer-memory.ts'

/** How long a reader may take nothing of what is there for them, in milliseconds. */
const PATIENCE_MS = { known: 600_000, strangers: 60_000 }
/** What an answer that is not read at once takes by itself: its request, its stream, its socket. */
const OWN_BYTES = 16_000
const LOOK_MS = 1_000
const CROWDED = 'who did not keep up: answers that wait to be read take all the memory that they may'

/** Who reads an answer. */
export interface AnswerReader {
  /** Of those who are known: who; of strangers: their network. */
  readonly owner: string
  readonly isStranger: boolean
  readonly address: string
  readonly route: string
}

export interface UnreadAnswersOptions {
  readonly memory: AnswerMemory
  readonly log: Log
  /** In milliseconds, for all readers. For tests. */
  readonly patienceMs?: number
}

export class UnreadAnswers {
  readonly memory: AnswerMemory
  readonly #lines: RareLine
  readonly #patienceMs: number | undefined
  readonly #unread = new Set<Answer>()
  /** Handed over in this turn of the loop. */
  #handedOver: Answer[] = []
  #timer: NodeJS.Timeout | undefined

  constructor({ memory, log, patienceMs }: UnreadAnswersOptions) {
    this.memory = memory
    this.#lines = new RareLine(log)
    this.#patienceMs = patienceMs
  }

  patienceFor({ isStranger }: AnswerReader): number {
    return this.#patienceMs ?? (isStranger ? PATIENCE_MS.strangers : PATIENCE_MS.known)
  }

  begin(outgoing: ServerResponse, reader: AnswerReader): Answer {
    return new Answer(this, outgoing, reader)
  }

  /** For answers: one is to be followed from the next turn of the loop on, when a small one is gone. */
  follow(answer: Answer): void {
    if (this.#handedOver.push(answer) > 1) return
    setImmediate(() => {
      const handedOver = this.#handedOver
      this.#handedOver = []
      for (const one of handedOver) one.followed()
    })
  }

  /** For answers: one waits for its reader. */
  add(answer: Answer): void {
    this.#unread.add(answer)
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** For answers: one was read, or given up. */
  remove(answer: Answer): void {
    this.#unread.delete(answer)
    if (this.#unread.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** For answers: says in the log that a reader was cut off. A line a minute, lest readers fill it. */
  tell({ owner, address, route }: AnswerReader, why: string, bytes: number): void {
    this.#lines.warn({ caller: owner, address, route, bytes }, `cut off a reader ${why}`)
  }

  #look(): void {
    for (const answer of this.#unread) answer.look()
  }
}

export class Answer implements AnswerRoom {
  readonly #all: UnreadAnswers
  readonly #outgoing: ServerResponse
  readonly #reader: AnswerReader
  #holding: Holding | undefined
  /** What whoever makes it says that it holds. */
  #said = 0
  /** Why it was given up before it began. */
  #fault: Fault | undefined
  #isUnread = false
  #sent = 0

  constructor(all: UnreadAnswers, outgoing: ServerResponse, reader: AnswerReader) {
    this.#all = all
    this.#outgoing = outgoing
    this.#reader = reader
  }

  holds(bytes: number): void {
    this.#said += bytes
    if (this.#said > this.#all.memory.sumFor(this.#reader))
      throw new Fault(
        'too_large',
        'That is more than answers may hold in memory: ask for less at a time, in pages, or for a stream (format=csv or ndjson).',
      )
    this.#hold(this.#said)
    this.requireRoom()
  }

  /** @throws Fault when it had to give way before it began */
  requireRoom(): void {
    if (this.#fault) throw this.#fault
  }

  /** It was handed over to be sent. */
  handedOver(): void {
    this.#all.follow(this)
  }

  /** Follows it, unless its reader has taken it by now. */
  followed(): void {
    const { closed, destroyed, writableFinished } = this.#outgoing
    if (closed || destroyed || writableFinished) return this.end()
    this.#isUnread = true
    // It gave way when its handler was done with it already.
    if (this.#fault) return this.#cutOff(CROWDED)
    this.#outgoing.once('close', () => this.end())
    this.#waitFor()
    this.#all.add(this)
    this.look()
  }

  /** Counts what waits now. */
  look(): void {
    const waiting = this.#waiting
    const sent = (this.#outgoing.socket?.bytesWritten ?? 0) - waiting
    const holding = this.#hold(OWN_BYTES + this.#said + waiting)
    if (sent > this.#sent) holding.moved()
    this.#sent = sent
  }

  /** It is read, or given up. */
  end(): void {
    this.#holding?.release()
    if (!this.#isUnread) return
    this.#all.remove(this)
    // The next request of the connection has its own patience.
    const { socket } = this.#outgoing
    if (socket?.timeout === this.#all.patienceFor(this.#reader)) socket.setTimeout(0)
  }

  get #waiting(): number {
    return this.#outgoing.writableLength
  }

  /** The socket tells when nothing has moved: also within a large piece that a slow line takes. */
  #waitFor(): void {
    const patience = this.#all.patienceFor(this.#reader)
    this.#outgoing.setTimeout(patience, () => {
      // The answer may be what is late.
      if (this.#waiting === 0) this.#outgoing.setTimeout(patience)
      else this.#cutOff(`who took nothing for ${patience / 1_000} seconds`)
    })
  }

  #cutOff(why: string, bytes = this.#holding?.bytes ?? 0): void {
    this.#all.tell(this.#reader, why, bytes)
    this.#outgoing.destroy()
  }

  #hold(bytes: number): Holding {
    this.#holding ??= this.#all.memory.holding({
      ...this.#reader,
      cut: (fault, bytes) => {
        if (this.#mayComeAgain) this.#fault = fault
        else this.#cutOff(CROWDED, bytes)
      },
      mayComeAgain: () => this.#mayComeAgain,
    })
    this.#holding.hold(bytes)
    return this.#holding
  }

  get #mayComeAgain(): boolean {
    return !this.#isUnread && !this.#outgoing.headersSent
  }
}
