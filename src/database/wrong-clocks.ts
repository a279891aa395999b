/** Where it is kept when the server's clock was wrong, and by how much. */
import { DAY, type Micros } from '../base/time.ts'
import type { Tables } from './engine.ts'
import type { Db } from './schema.ts'

/** Most that are kept; the oldest go first. */
const MOST = 200

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

/**
 * Stretches whose values may still be moved to where they belong, as the wrong clock showed them, the oldest first: nothing in them is
 * as old as it says.
 * @param now as it is believed
 */
export async function stretchesToBeMoved(db: Db, now: Micros): Promise<{ start: Micros; end: Micros }[]> {
  const rows = await db
    .selectFrom('wrong_clocks')
    .select(['start_timestamp', 'end_timestamp', 'off_by'])
    .where('settled_as', 'is', null)
    .where('off_by', 'is not', null)
    .orderBy('start_timestamp')
    .execute()
  return rows
    .filter((row) => row.end_timestamp + (row.off_by ?? 0) > now - TO_BE_MOVED)
    .map((row) => ({ start: row.start_timestamp, end: row.end_timestamp }))
}
