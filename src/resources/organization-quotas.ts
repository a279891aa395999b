/** Reads and sets the quota of an organization. */
import { QUOTA_KINDS, parseLimit, type QuotaKind } from '../attributes/quota.ts'
import { attributesText } from '../attributes/resource-attributes.ts'
import { recordAudit } from '../audit/record.ts'
import { isObject } from '../base/json.ts'
import type { Context } from '../context.ts'
import { changeJson } from '../database/json-columns.ts'
import { requireSystemAdmin, type Actor } from '../tree/actor.ts'
import { readQuotaUse, type QuotaUse } from '../tree/quotas.ts'
import { changeTree, requireLive } from '../tree/tree-changes.ts'
import { requireAdministered } from './organizations.ts'
import { aboutResource } from './removal.ts'

/** What an organization uses and may use; for its admins. @throws Fault forbidden, not_found */
export async function readQuotas(ctx: Context, actor: Actor, organizationId: number): Promise<Readonly<Record<QuotaKind, QuotaUse>>> {
  return readQuotaUse(ctx, requireAdministered(ctx, actor, organizationId).id)
}

/**
 * Sets limits; for system admins. What is above a new limit stays, and nothing is added to it.
 * @param limits whole numbers as text, or `none`; those that are not given stay
 * @throws Fault forbidden, not_found; invalid naming the field
 */
export async function setQuota(
  ctx: Context,
  actor: Actor,
  organizationId: number,
  limits: Readonly<Partial<Record<QuotaKind, string | undefined>>>,
): Promise<void> {
  requireSystemAdmin(actor, 'set quotas of organizations')
  const organization = requireAdministered(ctx, actor, organizationId)
  const changes = QUOTA_KINDS.flatMap((kind) => {
    const text = limits[kind]
    return text === undefined ? [] : [[kind, parseLimit(text, kind)] as const]
  })
  await changeTree(ctx, async (tx) => {
    requireLive(ctx, organization)
    const attributes = await changeJson(tx, 'resources.system_attributes', organizationId, ({ quota, ...others }) => {
      const merged = { ...(isObject(quota) ? quota : {}), ...Object.fromEntries(changes) }
      const left = Object.fromEntries(Object.entries(merged).filter(([, limit]) => limit !== null))
      return attributesText(Object.keys(left).length === 0 ? others : { ...others, quota: left }, 'system_attributes')
    })
    const shown = JSON.stringify({ quota: Object.fromEntries(changes) })
    await recordAudit(ctx, tx, actor, aboutResource('organization.changed', organization, { changes: shown }))
    return () => {
      if (attributes !== undefined) ctx.tree.setSystemAttributes(organization, attributes)
    }
  })
  ctx.log.info({ organizationId, by: actor.kind === 'user' ? actor.userId : undefined, quota: organization.quota }, 'a quota was set')
}
