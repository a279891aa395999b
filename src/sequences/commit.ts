/**
 * The one door by which values are committed, whatever way they came. They are planned: stamped, and found due or not. Then they are
 * appended: the store makes them durable. Then they are finished: remembered as newest, published to subscribers, and told of in one notice
 * `valuesCommitted` for each commit. Batches are numbered as they are handed over, and finished strictly in that order.
 */
import type { Context } from '../context.ts'
import type { Corrections } from '../corrections/corrections.ts'
import type { Sender } from '../tree/hub.ts'
import type { AppendRow, AppendRows } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import type { ValuesCommitted } from '../tree/value-notices.ts'
import { isDue } from './min-storage-interval.ts'
import type { ImportRun } from './import-columns.ts'
import { isHeard, publishImage, publishValue, type ImageRevisions } from './publishing.ts'
import {
  newestTimeFor,
  planTime,
  planTimes,
  takeNewest,
  takeNewestOf,
  takeStamp,
  type SentPoint,
  type SequenceState,
} from './sequence-states.ts'
import type { ParsedValue } from './value-parsing.ts'

/** One value on its way to the store: its row there, and what is needed when it has been written. */
export interface PlannedValue extends AppendRow {
  readonly resource: Resource
  readonly state: SequenceState
  /** As in {@link ParsedValue}. */
  readonly text: string | undefined
  /** Otherwise it is only shown to subscribers. */
  readonly isStored: boolean
}

/**
 * Stamps a live value and decides whether it is stored; from here on its sequence counts it as its newest. It has to be handed over in the
 * same turn of the event loop.
 * @param given undefined: the server stamps it
 */
export function planValue(
  resource: Resource,
  state: SequenceState,
  { value, text }: ParsedValue,
  given: Micros | undefined,
  now: Micros,
): PlannedValue {
  if (!resource.sequence) throw new Error('only values of sequences are planned')
  const time = given ?? takeStamp(state, now)
  const isStored = isDue(resource.sequence, newestTimeFor(state, time, now), time)
  if (isStored) planTime(state, time, now)
  return { sequence: state.ref, time, value, resource, state, text, isStored }
}

/**
 * What became of one value: `stored` at a new time; `repeated`: one of that time was there, and was replaced; `expired`: older than the
 * `max_age` of its sequence, which keeps it only until it is trimmed next; or only `shown` to subscribers, as `min_storage_interval` wants.
 */
export type Outcome = 'stored' | 'repeated' | 'expired' | 'shown'

/** What became of the values of a run. */
export interface StoredRun extends Readonly<Record<Exclude<Outcome, 'shown'>, number>> {
  /** For each a byte: 1 if its time was new, also where the value is `expired`. */
  readonly isNew: Uint8Array
}

/** What the store gets of planned values. */
export const storedOf = (plans: readonly PlannedValue[]): readonly PlannedValue[] =>
  plans.every(({ isStored }) => isStored) ? plans : plans.filter(({ isStored }) => isStored)

/** Values that are committed together. */
export interface Batch extends Pick<ValuesCommitted, 'how'> {
  /** More batches of the same import follow. */
  readonly continues?: boolean
  /** What the store gets: neither what is only shown, nor what is durable already. */
  readonly rows: readonly AppendRow[] | AppendRows
  /**
   * Called once when the rows are durable and all batches before this one are finished: finishes each value with the commit, in order (all
   * those of the rows, and what is only shown between them). In that very turn whoever waits is told, so that nobody sees one
   * without the other.
   */
  finish(commit: Commit): void
  /** Called instead when nothing of it was stored, and when `finish` threw. Must not throw. */
  fail(error: unknown): void
}

interface UnderWay {
  readonly number: number
  readonly batch: Batch
  /** Set when its rows are durable. */
  isNew: Uint8Array | undefined
}

/** Milliseconds of the event loop for finishing batches, in each of its turns. */
const FINISHING_MS = 16

const NO_ROWS = Promise.resolve(new Uint8Array(0))

/** The batches under way. */
export class Commits {
  #last = 0
  /** By their numbers. */
  readonly #line: UnderWay[] = []
  /** Whether others have the event loop before the next one is finished. */
  #isPausing = false
  #tellingMs = 0.04

  /** Milliseconds that it takes to tell subscribers of a value, as of late. */
  get tellingMs(): number {
    return this.#tellingMs
  }

  /** So many values were told of in so many milliseconds. */
  told(count: number, milliseconds: number): void {
    const latest = milliseconds / Math.max(1, count)
    this.#tellingMs = Math.max(latest, (this.#tellingMs + latest) / 2)
  }

  /** Hands a batch over. One without rows for the store takes its turn among the others. */
  append(ctx: Context, batch: Batch): void {
    const { rows } = batch
    const refusal = ctx.space.refusalOfValues
    const durable = rows.length === 0 ? NO_ROWS : refusal ? Promise.reject(refusal) : ctx.sequences.append(rows)
    const entry: UnderWay = { number: ++this.#last, batch, isNew: undefined }
    this.#line.push(entry)
    durable.then(
      (isNew) => {
        entry.isNew = isNew
        this.#finishReady(ctx)
      },
      (error: unknown) => {
        // There is nothing of it to finish, so the others need not be waited for.
        this.#line.splice(this.#line.indexOf(entry), 1)
        forgetStates(ctx, rows)
        batch.fail(error)
        this.#finishReady(ctx)
      },
    )
  }

  #finishReady(ctx: Context): void {
    if (this.#isPausing) return
    const until = performance.now() + FINISHING_MS
    for (let first = this.#line[0]; first?.isNew; first = this.#line[0]) {
      this.#line.shift()
      finishBatch(ctx, first.number, first.batch, first.isNew)
      if (performance.now() < until || this.#line.length === 0) continue
      // Each is finished in one turn of the loop, and those after it may be in another.
      this.#isPausing = true
      setImmediate(() => {
        this.#isPausing = false
        this.#finishReady(ctx)
      })
      return
    }
  }
}

function finishBatch(ctx: Context, number: number, batch: Batch, isNew: Uint8Array): void {
  const commit = new Commit(ctx, number, batch, isNew)
  try {
    batch.finish(commit)
  } catch (error) {
    batch.fail(error)
  }
  commit.tell()
}

function forgetStates(ctx: Context, rows: Batch['rows']): void {
  if ('sequence' in rows) for (let row = 0; row < rows.length; row++) ctx.sequenceStates.forget(rows.sequence(row).id)
  else for (const { sequence } of rows) ctx.sequenceStates.forget(sequence.id)
}

/** A batch that is durable, while it is being finished. */
export class Commit {
  /** For each row that the store got: 1 if its time was new, 0 if it replaced a value. */
  readonly isNew: Uint8Array
  readonly #ctx: Context
  readonly #now: Micros
  /** What is told of it; undefined when nobody listens. */
  readonly #notice: Notice | undefined
  /** Rows finished so far. */
  #row = 0

  constructor(ctx: Context, number: number, { how, continues = false }: Pick<Batch, 'how' | 'continues'>, isNew: Uint8Array) {
    this.isNew = isNew
    this.#ctx = ctx
    this.#now = ctx.clock.now()
    if (ctx.hub.hears('valuesCommitted')) this.#notice = startNotice(number, how, continues)
  }

  /** Remembers a value as the newest of its sequence, if it is, and shows it to subscribers. */
  finish({ resource, state, time, value, text, isStored }: PlannedValue, sender: Sender | undefined): Outcome {
    if (isStored) planTime(state, time, this.#now)
    // What is masked is stored, and concerns nobody else than those who count what is stored.
    const point = state.corrections ? correct(state.corrections, time, value) : { time, value, text }
    if (point && isStored) takeNewest(state, point, this.#now)
    if (this.#notice) note(this.#notice, resource.id, time, point?.value ?? value, isStored, point === undefined)
    if (point) publishValue(this.#ctx, resource, time, point.text ?? point.value, sender)
    if (!isStored) return 'shown'
    const isNew = this.isNew[this.#row++] === 1
    return this.#isExpired(resource, time) ? 'expired' : isNew ? 'stored' : 'repeated'
  }

  /** As {@link finish}, for the values of a run, all of which are stored. */
  finishRun({ target: { sequence, state }, times, values }: ImportRun): StoredRun {
    const first = this.#row
    if (state.corrections || isHeard(this.#ctx, sequence)) {
      const about = { sequence: state.ref, resource: sequence, state, text: undefined, isStored: true }
      for (let at = 0; at < times.length; at++) this.finish({ ...about, time: times[at] ?? 0, value: values[at] ?? 0 }, undefined)
    } else {
      planTimes(state, times, this.#now)
      takeNewestOf(state, times, values, this.#now)
      if (this.#notice) noteRun(this.#notice, sequence.id, times, values)
      this.#row += times.length
    }
    const isNew = this.isNew.subarray(first, this.#row)
    const oldest = sequence.sequence?.maxAge === undefined ? Number.NEGATIVE_INFINITY : this.#now - sequence.sequence.maxAge
    let [stored, expired] = [0, 0]
    for (let at = 0; at < times.length; at++) {
      if ((times[at] ?? 0) < oldest) expired++
      else if (isNew[at] === 1) stored++
    }
    return { isNew, stored, expired, repeated: times.length - stored - expired }
  }

  #isExpired({ sequence }: Resource, time: Micros): boolean {
    return sequence?.maxAge !== undefined && time < this.#now - sequence.maxAge
  }

  /** Of an image, which is durable or only shown, nothing is remembered: its revisions are its sequence's state. */
  finishImage(sequence: Resource, time: Micros, image: ImageRevisions, sender: Sender | undefined): void {
    if (this.#notice) note(this.#notice, sequence.id, time, '', image.revisionId !== undefined)
    publishImage(this.#ctx, sequence, time, image, sender)
  }

  /** Called by the door, after all values. */
  tell(): void {
    if (this.#notice && this.#notice.sequences.length > 0) this.#ctx.hub.notify('valuesCommitted', this.#notice)
  }
}

/** A value as it is to be read; undefined when it is masked. */
function correct(corrections: Corrections, time: Micros, value: number | string): SentPoint | undefined {
  const right = corrections.correct(time, value)
  return right === undefined ? undefined : { time, value: right }
}

/** Tells subscribers and listeners at once of a value that is not to be stored. */
export function tellShown(ctx: Context, sequence: Resource, { value, text }: ParsedValue, time: Micros, sender: Sender | undefined): void {
  const corrections = ctx.corrections.peek(sequence.id)
  const point = corrections ? correct(corrections, time, value) : { time, value, text }
  if (!point) return
  publishValue(ctx, sequence, time, point.text ?? point.value, sender)
  if (!ctx.hub.hears('valuesCommitted')) return
  const notice = startNotice(null, 'shown', false)
  note(notice, sequence.id, time, point.value, false)
  ctx.hub.notify('valuesCommitted', notice)
}

/** A notice that is being filled. */
interface Notice extends ValuesCommitted {
  readonly sequences: number[]
  readonly times: Micros[]
  readonly values: (number | string)[]
  readonly shown: number[]
  readonly masked: number[]
}

const startNotice = (commit: number | null, how: Notice['how'], continues: boolean): Notice => ({
  commit,
  how,
  continues,
  sequences: [],
  times: [],
  values: [],
  shown: [],
  masked: [],
})

function noteRun({ sequences, times, values }: Notice, sequence: number, at: Float64Array, of: ArrayLike<number | string>): void {
  for (let row = 0; row < at.length; row++) {
    sequences.push(sequence)
    times.push(at[row] ?? 0)
    values.push(of[row] ?? 0)
  }
}

function note(
  { sequences, times, values, shown, masked }: Notice,
  sequence: number,
  time: Micros,
  value: number | string,
  isStored: boolean,
  isMasked = false,
): void {
  if (!isStored) shown.push(sequences.length)
  if (isMasked) masked.push(sequences.length)
  sequences.push(sequence)
  times.push(time)
  values.push(value)
}
