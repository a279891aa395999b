/** Tells the admins of the server when an organization has nearly used its quota. */
import type { Context } from '../../src/context.ts'
import { alarmAdmins } from '../../src/notifications/admin-alarms.ts'
import { describeQuotaUse } from '../../src/tree/quotas.ts'
import { pathOf } from '../../src/tree/tree.ts'
import type { Part } from '../parts.ts'

export function makeQuotaAlarms(ctx: Context): Part {
  let stop: (() => void) | undefined
  const pending = new Set<Promise<unknown>>()
  return {
    start: async () => {
      stop = ctx.hub.on('quotaNearlyUsed', ({ organizationId, kind, used, limit }) => {
        const organization = ctx.tree.byId(organizationId)
        if (!organization) return
        const path = pathOf(organization)
        const alarm = alarmAdmins(
          ctx,
          `${path} has nearly used its quota of ${kind}`,
          `${path} ${describeQuotaUse(kind, used, limit)}. Then nothing more is stored. Raise it with "rhizo org quota", or have ` +
            'something removed for good.',
        )
        pending.add(alarm)
        void alarm.finally(() => pending.delete(alarm))
      })
    },
    stop: async () => {
      stop?.()
      await Promise.all(pending)
    },
  }
}
