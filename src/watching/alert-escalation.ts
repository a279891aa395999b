/** When nobody says that they take care of an alert, a second group is told. */
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import type { FollowedRule } from './alert-records.ts'

/** Whether it is time to ask whether somebody takes care. */
export function isEscalationDue({ rule: { escalation }, state, told, firings: { last }, isMuted }: FollowedRule, now: Micros): boolean {
  if (!escalation || isMuted || !state.isActive || !told.isStartTold || told.toldAt === undefined) return false
  return last?.ended === undefined && last?.escalated === undefined && now - told.toldAt >= escalation.after
}

/** Those of which nobody has said that they take care. */
export async function withoutCare(ctx: Context, due: readonly FollowedRule[]): Promise<FollowedRule[]> {
  const ids = due.flatMap(({ firings: { last } }) => (last?.id === undefined ? [] : [last.id]))
  if (ids.length === 0) return []
  const taken = new Set<number>()
  for (let from = 0; from < ids.length; from += 500)
    for (const { id } of await ctx.db
      .selectFrom('alert_history')
      .select('id')
      .where('id', 'in', ids.slice(from, from + 500))
      .where('ack_timestamp', 'is not', null)
      .execute())
      taken.add(id)
  return due.filter(({ firings: { last } }) => last?.id !== undefined && !taken.has(last.id))
}
