/** "I'm on it": somebody says that they take care of an alert that is on, so that nobody else need be woken. */
import { recordAudit } from '../audit/record.ts'
import { notFound } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Context } from '../context.ts'
import { transact } from '../database/transact.ts'
import { announceNotification } from '../notifications/queue.ts'
import type { Actor } from '../tree/actor.ts'
import { canWrite } from '../tree/permissions.ts'
import { isWithin, pathOf, type Resource } from '../tree/tree.ts'
import type { AlertHistoryInfo } from '../wire/alerts.ts'
import { requireAlertKeeper } from './alert-changes.ts'
import { tellOfCare } from './alert-care.ts'
import { describeFirings } from './alert-history.ts'

const MAX_NOTE = 500
const STEP = 500

/**
 * Acknowledges the alerts of a resource, or of all in it, that are on.
 * @param name only the rule of this name
 * @returns those that were acknowledged
 * @throws Fault forbidden; not_found when none is on
 */
export async function acknowledgeAlerts(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  { name, note = '' }: { readonly name?: string | undefined; readonly note?: string | undefined },
): Promise<AlertHistoryInfo[]> {
  requireAlertKeeper(ctx, actor, resource)
  const rows = await ctx.db.selectFrom('alert_history').selectAll().where('end_timestamp', 'is', null).orderBy('id', 'desc').execute()
  const found = rows.flatMap((row) => {
    const of = ctx.tree.byId(row.resource_id)
    return of && isWithin(of, resource) && (name === undefined || row.name === name) && canWrite(ctx, actor, of)
      ? [{ row, resource: of }]
      : []
  })
  if (found.length === 0)
    throw notFound(
      `No alert${name === undefined ? '' : ` named ${quote(name)}`} of ${pathOf(resource)} is on: there is nothing to take care of.`,
    )
  const ack = {
    ack_timestamp: ctx.clock.now(),
    ack_user_id: actor.kind === 'user' && actor.userId !== 0 ? actor.userId : null,
    ack_note: note.toWellFormed().replace(/\s+/g, ' ').trim().slice(0, MAX_NOTE),
  }
  const told = await transact(ctx, async (tx) => {
    const recorded = await tellOfCare(ctx, tx, actor, found, ack.ack_note)
    for (let from = 0; from < found.length; from += STEP) {
      const ids = found.slice(from, from + STEP).map(({ row }) => row.id)
      await tx.updateTable('alert_history').set(ack).where('id', 'in', ids).execute()
    }
    for (const { row, resource: of } of found)
      await recordAudit(ctx, tx, actor, {
        kind: 'alert.acknowledged',
        subject: { kind: 'resource', id: of.id, name: pathOf(of) },
        organizationId: of.organizationId,
        details: { alert: row.name, note: ack.ack_note === '' ? undefined : ack.ack_note },
      })
    return recorded
  })
  for (const one of told) announceNotification(ctx, one)
  return describeFirings(
    ctx,
    actor,
    found.map(({ row, resource: of }) => ({ row: { ...row, ...ack }, resource: of })),
  )
}
