/** Where it is kept when the server's clock was wrong, and by how much. */
import type { Micros } from '../base/time.ts'
import type { Tables } from './engine.ts'

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
