/** Where it is kept when the server's clock was wrong, and by how much. */
import { DAY, HOUR, type Micros } from '../base/time.ts'
import type { Tables } from './engine.ts'
import type { Db } from './schema.ts'

/** Most that are kept; the oldest go first. */
const MOST = 200

/** Clocks show milliseconds, and stamps differ by microseconds: the last ones in a stretch may be later than its end by so much. */
export const LAST_STAMPS: Micros = 999

export interface WrongStretch {
  /** Of the machine: in one boot a clock goes on from one process to the next. */
  readonly boot: string
  /** As the wrong clock showed it. */
  readonly start: Micros
  readonly end: Micros
  /** What was then added to it; undefined: it is wrong still. */
  readonly offBy?: Micros
}

/**
 * Records that the clock is wrong, or no more; a stretch goes on over restarts in one boot, and one that was dismissed stays dismissed to
 * its end. Durable when this resolves.
 */
export async function writeWrongStretch({ transact }: Pick<Tables, 'transact'>, { boot, start, end, offBy }: WrongStretch): Promise<void> {
  await transact(async (tx) => {
    const open = await tx
      .selectFrom('wrong_clocks')
      .select(['id', 'start_timestamp'])
      .where('boot', '=', boot)
      .where('off_by', 'is', null)
      .orderBy('id', 'desc')
      .executeTakeFirst()
    const times = { end_timestamp: end, off_by: offBy ?? null }
    if (open && open.start_timestamp <= end) {
      await tx.updateTable('wrong_clocks').set(times).where('id', '=', open.id).execute()
      return
    }
    await tx
      .insertInto('wrong_clocks')
      .values({ boot, start_timestamp: start, ...times, settled_timestamp: null, settled_as: null })
      .execute()
    const oldest = await tx.selectFrom('wrong_clocks').select('id').orderBy('id', 'desc').offset(MOST).limit(1).executeTakeFirst()
    if (oldest) await tx.deleteFrom('wrong_clocks').where('id', '<=', oldest.id).execute()
  })
}

/** The clock was not wrong after all, or nobody can tell. */
export async function forgetWrongStretch({ transact }: Pick<Tables, 'transact'>, boot: string): Promise<void> {
  await transact(async (tx) => {
    await tx.deleteFrom('wrong_clocks').where('boot', '=', boot).where('off_by', 'is', null).execute()
  })
}

/** How long values wait to be moved, as long as what was deleted waits to be brought back. */
const TO_BE_MOVED = 30 * DAY
/** What a clock that is wrong still will stamp soon. */
const TO_COME = HOUR

export interface Moment {
  /** As the clock shows it, wrong or not. */
  readonly clock: Micros
  readonly believed: Micros
  /** Of the machine. */
  readonly boot: string
}

/**
 * Stretches whose values may still be moved to where they belong, as the wrong clock showed them: nothing in them is as old as it says.
 * Those in which the clock is wrong still are among them, and those of which nobody knows by how much it was, until they are dismissed.
 * @returns the earliest first, and apart from each other
 */
export async function stretchesToBeMoved(db: Db, { clock, believed, boot }: Moment): Promise<{ start: Micros; end: Micros }[]> {
  const rows = await db
    .selectFrom('wrong_clocks')
    .select(['boot', 'start_timestamp', 'end_timestamp', 'off_by'])
    .where('settled_as', 'is', null)
    .orderBy('start_timestamp')
    .execute()
  const apart: { start: Micros; end: Micros }[] = []
  for (const { boot: of, start_timestamp: start, end_timestamp: until, off_by: by } of rows) {
    if (by !== null && until + by <= believed - TO_BE_MOVED) continue
    // One that goes on is recorded now and then, and values come while somebody works with this.
    const end = by === null && of === boot ? Math.max(until, clock + TO_COME) : until + LAST_STAMPS
    const last = apart.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else apart.push({ start, end })
  }
  return apart
}
