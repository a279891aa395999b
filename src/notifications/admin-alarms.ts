/** Alarms about the server itself: to all system admins by mail, and into the worker log. */
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { DAY, type Micros } from '../base/time.ts'
import { recordForAll } from './announcements.ts'
import { announceNotification } from './queue.ts'
import { logWork } from './worker-log.ts'

/**
 * Tells of something that an admin has to see to. Never throws: what fails is logged. The same subject goes out once a day at most.
 * @param subject one line
 * @param body what it means, and what to do
 * @returns false when there is no admin to tell yet
 */
export async function alarmAdmins(ctx: Context, subject: string, body: string): Promise<boolean> {
  try {
    const admins = await ctx.db
      .selectFrom('users')
      .select('email_address')
      .where('role', '=', SYSTEM_ADMIN)
      .where('deleted', '=', 0)
      .execute()
    if (admins.length === 0) return false
    ctx.log.error({ subject, admins: admins.length }, 'alarm for the admins of the server')
    await logWork(ctx, `${subject}. ${body}`)
    const recipients = admins.map(({ email_address: address }) => address)
    const recorded = await transact(ctx, async (tx) =>
      (await wasTold(tx, subject, ctx.clock.now() - DAY)) ? [] : recordForAll(ctx, tx, recipients, { subject, body }),
    )
    for (const one of recorded) announceNotification(ctx, one)
  } catch (error) {
    ctx.log.error({ err: error, subject }, 'an alarm could not be queued')
  }
  return true
}

async function wasTold(tx: Tx, subject: string, since: Micros): Promise<boolean> {
  const row = await tx
    .selectFrom('outgoing_messages')
    .select('id')
    .where('subject', '=', subject)
    .where('creation_timestamp', '>', since)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
