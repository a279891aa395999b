/** Sends tests to those whom watchdogs and alerts tell. */
import type { Actor } from '../tree/actor.ts'
import { parseWatchRecipients } from '../attributes/watch-recipients.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { sendTests } from '../notifications/trials.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { SentTest } from '../wire/answers.ts'
import { requireAlertsChangeable } from './alert-changes.ts'
import { recipientsOf } from './watch-warnings.ts'

/**
 * @param resource whose watchdog or alerts are tested; undefined: the caller's own address
 * @param recipients a list, or text with commas; undefined: all that the resource's watchdog and alerts tell
 * @throws Fault forbidden, invalid, throttled, busy
 */
export async function sendTestsFor(ctx: Context, actor: Actor, resource: Resource | undefined, recipients: unknown): Promise<SentTest[]> {
  if (!resource) {
    if (recipients !== undefined) throw invalid('recipients goes with path: the sequence or controller whose alert would tell them.')
    return sendTests(ctx, actor, [await ownAddress(ctx, actor)])
  }
  requireAlertsChangeable(ctx, actor, resource)
  const all = recipients === undefined ? recipientsOf(resource) : parseWatchRecipients(recipients, 'recipients')
  if (all.length === 0) throw invalid(`${pathOf(resource)} tells nobody: it has no alert that is on duty, and no watchdog with recipients.`)
  return sendTests(ctx, actor, all)
}

async function ownAddress(ctx: Context, actor: Actor): Promise<string> {
  const user =
    actor.kind === 'user'
      ? await ctx.db.selectFrom('users').select('email_address').where('id', '=', actor.userId).executeTakeFirst()
      : undefined
  if (!user) throw forbidden('Only users have an address of their own: sign in, or send the key of a user.')
  return user.email_address
}
