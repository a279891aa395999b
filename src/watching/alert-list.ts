/** Alert rules with their state: whether they are on, who was told, and which are muted. */
import { describeRule, type AlertRule } from '../attributes/alert-rules.ts'
import { forbidden } from '../base/fault.ts'
import { timestampOrNull } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { AlertStateRow } from '../database/schema.ts'
import type { Actor } from '../tree/actor.ts'
import { ownerOf } from '../tree/alert-inheritance.ts'
import { canRead, canWrite, requireRead } from '../tree/permissions.ts'
import { isWithin, pathOf, type Resource } from '../tree/tree.ts'
import type { AlertInfo } from '../wire/alerts.ts'
import { openFirings } from './alert-history.ts'
import { conditionOf } from './alert-records.ts'
import { describeMutes, muteOf, readMutes } from './alert-mutes.ts'

/** Rules of a resource, of all resources in a folder, or of all; sorted by path. @throws Fault forbidden */
export async function listAlerts(ctx: Context, actor: Actor, place: Resource | undefined): Promise<AlertInfo[]> {
  if (place) requireRead(ctx, actor, place)
  else if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to see which alerts there are.')
  const resources = [...ctx.tree.alerted].filter((one) => (!place || isWithin(one, place)) && canRead(ctx, actor, one))
  const states = await statesOf(ctx, resources)
  const open = await openFirings(ctx, actor, resources)
  const mutes = await readMutes(ctx)
  const described = await describeMutes(ctx, actor, mutes)
  const infos: AlertInfo[] = []
  for (const resource of resources) {
    const mayChange = canWrite(ctx, actor, resource)
    const path = pathOf(resource)
    for (const rule of resource.alerts ?? []) {
      const known = states.get(`${resource.id} ${rule.name}`)
      const row = known?.condition === conditionOf(rule) ? known : undefined
      const isActive = rule.isEnabled && row?.active === 1
      const firing = isActive ? open.get(`${path} ${rule.name}`) : undefined
      const mute = muteOf(mutes, resource, rule.name)
      const { recipients, escalate_to: second, ...fields } = rule.fields
      const owner = ownerOf(resource, rule)
      infos.push({
        path,
        ...(owner === resource ? {} : { folder: pathOf(owner) }),
        ...fields,
        recipients: mayChange ? recipients : null,
        ...(second === undefined ? {} : { escalate_to: mayChange ? second : null }),
        condition: describeRule(rule),
        units: resource.sequence?.units ?? null,
        active: isActive,
        start_timestamp: timestampOrNull(row?.start_timestamp),
        end_timestamp: timestampOrNull(row?.end_timestamp),
        muted: mute ? (described[mutes.indexOf(mute)] ?? null) : null,
        acknowledged: firing?.acknowledged ?? null,
        told: firing?.told ?? [],
      })
    }
  }
  return [...infos, ...listFolderRules(ctx, actor, place)].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

/** The rules of folders themselves, with the number of sequences that they are followed on. */
function listFolderRules(ctx: Context, actor: Actor, place: Resource | undefined): AlertInfo[] {
  const covered = new Map<AlertRule, number>()
  if (ctx.tree.patterned.size === 0) return []
  for (const { alerts = [] } of ctx.tree.alerted) for (const rule of alerts) covered.set(rule, (covered.get(rule) ?? 0) + 1)
  return [...ctx.tree.patterned]
    .filter((folder) => (!place || isWithin(folder, place)) && canRead(ctx, actor, folder))
    .flatMap((folder) => {
      const mayChange = canWrite(ctx, actor, folder)
      return (folder.ownAlerts ?? [])
        .filter(({ pattern }) => pattern !== undefined)
        .map((rule) => {
          const { recipients, escalate_to: second, ...fields } = rule.fields
          return {
            path: pathOf(folder),
            ...fields,
            recipients: mayChange ? recipients : null,
            ...(second === undefined ? {} : { escalate_to: mayChange ? second : null }),
            condition: describeRule(rule),
            units: null,
            covers: covered.get(rule) ?? 0,
            ...{ active: false, start_timestamp: null, end_timestamp: null, muted: null, acknowledged: null, told: [] },
          }
        })
    })
}

/** Rows in one query. */
const STEP = 500

/** By the number of the resource and the name of the rule. */
async function statesOf(ctx: Context, resources: readonly Resource[]): Promise<ReadonlyMap<string, AlertStateRow>> {
  const states = new Map<string, AlertStateRow>()
  for (let from = 0; from < resources.length; from += STEP) {
    const ids = resources.slice(from, from + STEP).map(({ id }) => id)
    for (const row of await ctx.db.selectFrom('alert_states').selectAll().where('resource_id', 'in', ids).execute())
      states.set(`${row.resource_id} ${row.name}`, row)
  }
  return states
}
