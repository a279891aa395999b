/** Where the newest time that the server believed is kept over a restart, with the leaps of its clock. */
import type { KnownTime, Leap } from '../base/believed-time.ts'
import type { Micros } from '../base/time.ts'
import type { Tables } from './engine.ts'

/** What was recorded. In a database from before such records: the newest time at which the server is known to have been up. */
export async function readKnownTime({ database }: Pick<Tables, 'database'>): Promise<KnownTime> {
  const rows = await database.selectFrom('known_times').selectAll().orderBy('from_timestamp').execute()
  const leaps: Leap[] = []
  let newest: Micros | undefined
  for (const { from_timestamp: from, until_timestamp: until } of rows) {
    if (until === null) newest = from
    else leaps.push({ from, until })
  }
  if (newest !== undefined) return { newest, leaps }
  const probe = await database.selectFrom('probes').select('timestamp').orderBy('timestamp', 'desc').limit(1).executeTakeFirst()
  const up = await database
    .selectFrom('pauses')
    .select('from_timestamp')
    .where('until_timestamp', 'is', null)
    .orderBy('from_timestamp', 'desc')
    .limit(1)
    .executeTakeFirst()
  const latest = Math.max(probe?.timestamp ?? 0, up?.from_timestamp ?? 0)
  return { newest: latest > 0 ? latest : undefined, leaps }
}

/** Records it; durable when this resolves. */
export async function writeKnownTime({ transact }: Pick<Tables, 'transact'>, { newest, leaps }: KnownTime): Promise<void> {
  if (newest === undefined) return
  const rows = new Map<Micros, Micros | null>(leaps.map(({ from, until }) => [from, until]))
  // A clock that was set back to the very beginning of a leap has not skipped it.
  rows.set(newest, null)
  await transact(async (tx) => {
    await tx.deleteFrom('known_times').execute()
    await tx
      .insertInto('known_times')
      .values([...rows].map(([from, until]) => ({ from_timestamp: from, until_timestamp: until })))
      .execute()
  })
}
