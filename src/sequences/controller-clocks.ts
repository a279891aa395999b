/**
 * Whether the times that a controller sends are right. A clock that is wrong is off by the same from request to request, or shows what
 * can't be: then what it is off by is added, and recorded. Readings that were kept during an outage come with honest times of the past,
 * from a controller whose clock was right before, or with offsets that shrink as its queue is emptied, or grow faster than time passes
 * where the newest comes first: they stay at their times.
 */
import type { Context } from '../context.ts'
import { RELEASED } from '../base/believed-time.ts'
import { changeJson } from '../database/json-columns.ts'
import { transact } from '../database/transact.ts'
import { DAY, SECOND, formatTimestamp, parseTimestamp, type Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import type { ClockCorrection } from '../wire/answers.ts'
import { BootClocks } from './boot-clocks.ts'
import { CorrectedTimes, type Correction } from './corrected-times.ts'

/** A controller's clock may be this far off before anything is made of it. */
const DRIFT = 30 * SECOND
/** A stored correction is renewed when the offset has moved by more than this. */
const RENEWAL = 100 * SECOND
/** Offsets that differ by no more are the same: times of whole seconds, and the way of a request. */
const SAME = 3 * SECOND
/** An offset must have stayed the same for so long to be that of a clock. Kept readings come faster than they were taken. */
const TO_HOLD = 10 * SECOND
/** Corrections that a controller's status lists. */
const MAX_LISTED = 20
/** Values that are moved back when a controller's first requests turn out to be kept readings. */
const MAX_TENTATIVE = 1_000

/** A value whose time was corrected before anything was known of its controller's clock. */
export interface Tentative {
  readonly sequence: Resource
  readonly time: Micros
  readonly by: Micros
}

interface Observed {
  /** The offset of the request before, and since when it has been the same. */
  readonly offset: Micros
  readonly since: Micros
  /** When that request came. */
  readonly at: Micros
  readonly isKeeper: boolean
  readonly tentative: Tentative[]
}

export interface JudgedTime {
  readonly time: Micros
  /** Set when it is not the time that was sent. */
  readonly correction?: Correction
  /** Set while nothing is known of the clock: to be told what was stored with the corrected time. */
  readonly tentative?: (sequence: Resource, time: Micros) => void
  /** Values stored with corrections that were none: to be moved back. */
  readonly mistaken?: readonly Tentative[]
}

/** What of a controller's status is ours. */
interface ClockRecord {
  timestamp_correction?: number
  timestamp_corrections?: ClockCorrection[]
  /** It was once seen to be right. */
  timestamp_was_right?: boolean
}

export class ControllerClocks {
  /** By id of the controller. */
  readonly #observed = new Map<number, Observed>()
  #firstDay: Micros | undefined
  readonly corrected = new CorrectedTimes()
  readonly boots = new BootClocks()

  /** @returns the time at which a value is to be stored */
  async judge(ctx: Context, controllerId: number, timestamp: Micros): Promise<JudgedTime> {
    const now = ctx.clock.now()
    const offset = now - timestamp
    const row = await ctx.db.selectFrom('controller_status').select('attributes').where('id', '=', controllerId).executeTakeFirst()
    if (!row) return { time: timestamp }
    const record = JSON.parse(row.attributes) as ClockRecord
    if (Math.abs(offset) <= DRIFT) {
      this.#observed.delete(controllerId)
      await this.corrected.end(ctx, controllerId)
      if (record.timestamp_was_right !== true || record.timestamp_correction !== undefined)
        await this.#record(ctx, controllerId, { timestamp_was_right: true, timestamp_correction: undefined })
      return { time: timestamp }
    }
    if (offset < 0 || timestamp < (await this.#startOfLab(ctx))) return this.#correct(ctx, controllerId, record, timestamp, now)
    return this.#judgePast(ctx, controllerId, record, timestamp, now)
  }

  /** A time of the past that can be. */
  async #judgePast(ctx: Context, controllerId: number, record: ClockRecord, timestamp: Micros, now: Micros): Promise<JudgedTime> {
    const offset = now - timestamp
    const before = this.#observed.get(controllerId)
    const isSame = before !== undefined && Math.abs(offset - before.offset) <= SAME
    const since = isSame ? before.since : now
    const isKeeper =
      record.timestamp_was_right === true || before?.isKeeper === true || (before !== undefined && isQueued(before, offset, now))
    const tentative = isKeeper ? [] : (before?.tentative ?? [])
    this.#observed.set(controllerId, { offset, since, at: now, isKeeper, tentative })
    if (isSame && now - since >= TO_HOLD) return this.#correct(ctx, controllerId, record, timestamp, now)
    if (isKeeper) {
      const mistaken = before?.tentative ?? []
      if (mistaken.length > 0) await this.#record(ctx, controllerId, { timestamp_correction: undefined })
      return { time: timestamp, mistaken }
    }
    const judged = await this.#correct(ctx, controllerId, record, timestamp, now)
    if (!judged.correction) return judged
    const { by } = judged.correction
    return {
      ...judged,
      tentative: (sequence, time) => {
        if (tentative.length < MAX_TENTATIVE) tentative.push({ sequence, time, by })
      },
    }
  }

  /** The stored correction is used while it is about right; before there is one, none is needed for so little either. */
  async #correct(ctx: Context, controllerId: number, record: ClockRecord, timestamp: Micros, now: Micros): Promise<JudgedTime> {
    const offset = now - timestamp
    const { timestamp_correction: seconds, timestamp_corrections: listed = [] } = record
    const stored = typeof seconds === 'number' ? Math.round(seconds * SECOND) : 0
    const isRenewed = Math.abs(stored - offset) > RENEWAL
    if (!isRenewed && stored === 0) return { time: timestamp }
    // One that a database of rhizo-server brought has no beginning yet.
    const begun = parseTimestamp(listed.at(-1)?.since ?? '')
    if (!isRenewed && begun !== undefined) return { time: timestamp + stored, correction: { controllerId, since: begun, by: stored } }
    const by = isRenewed ? offset : stored
    const correction = { since: formatTimestamp(now), seconds: by / SECOND }
    await this.#record(ctx, controllerId, {
      timestamp_correction: correction.seconds,
      timestamp_corrections: [...listed, correction].slice(-MAX_LISTED),
    })
    ctx.log.info({ controller: controllerId, seconds: correction.seconds }, "a controller's clock is wrong; its times are corrected")
    return { time: timestamp + by, correction: { controllerId, since: now, by } }
  }

  async #record(ctx: Context, controllerId: number, change: { [name in keyof ClockRecord]: ClockRecord[name] | undefined }): Promise<void> {
    await transact(ctx, (tx) =>
      changeJson(tx, 'controller_status.attributes', controllerId, (now) => JSON.stringify({ ...now, ...change })),
    )
  }

  /** The day before the first resource was made: nothing was measured for the lab earlier, unless somebody says so. */
  async #startOfLab(ctx: Context): Promise<Micros> {
    if (this.#firstDay !== undefined) return this.#firstDay
    const { first } = await ctx.db
      .selectFrom('resources')
      .select(({ fn }) => fn.min('creation_timestamp').as('first'))
      .where('creation_timestamp', '>=', RELEASED)
      .executeTakeFirstOrThrow()
    return (this.#firstDay = (first ?? RELEASED) - DAY)
  }
}

/** Whether no clock can be off like that: it would have gone forward by itself, or back. One that stands still is off by what passes. */
const isQueued = (before: Observed, offset: Micros, now: Micros): boolean =>
  before.offset - offset > SAME || offset - before.offset > now - before.at + SAME

/** A controller's reported status without what the server notes of its clock, save the correction at hand. */
export function withoutClockRecord(status: Record<string, unknown>): Record<string, unknown> {
  const { timestamp_was_right: _right, timestamp_corrections: _listed, boots: _boots, ...reported } = status
  return reported
}
