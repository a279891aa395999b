/** Creates, changes and removes alert rules. */
import type { Actor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import { renameState } from './alert-records.ts'
import {
  changeAlertRule,
  parseAlertRule,
  parseAlertRules,
  readAlertRules,
  requireNewAlertName,
  type AlertRule,
  type AlertTarget,
} from '../attributes/alert-rules.ts'
import type { Context } from '../context.ts'
import type { Tx } from '../database/schema.ts'
import { changeJson } from '../database/json-columns.ts'
import { conflict, forbidden, invalid, notFound, type Fault } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { ownerOf } from '../tree/alert-inheritance.ts'
import { requireRead, requireWrite } from '../tree/permissions.ts'
import { attributesText } from '../attributes/resource-attributes.ts'
import { changeTree, requireLive } from '../tree/tree-changes.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { aboutResource } from '../resources/removal.ts'
import { alertTargetOf } from '../resources/watch-attributes.ts'

/**
 * Adds a rule to a sequence or controller.
 * @param given its fields, as in {@link AlertFields}; name and quiet_seconds may be missing
 * @throws Fault forbidden, invalid; conflict when the resource has a rule of that name
 */
export async function createAlert(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  given: Readonly<Record<string, unknown>>,
): Promise<AlertRule> {
  const target = requireAlertsChangeable(ctx, actor, resource)
  const rule = parseAlertRule(given, target)
  requireNewAlertName(rule)
  await changeRules(ctx, resource, [actor, 'alert.made', rule.name], (rules) => {
    if (rules.some(({ name }) => name === rule.name)) throw taken(resource, rule.name)
    return [...rules, rule]
  })
  return rule
}

/**
 * Changes a rule; fields that are not given keep their value. A rule that is on stays on, and is not announced again, unless its condition
 * changes.
 * @param given fields, as in {@link AlertFields}
 * @throws Fault forbidden, invalid; not_found when there is no rule of that name; conflict when there is one of the new name
 */
export async function updateAlert(
  ctx: Context,
  actor: Actor,
  resource: Resource,
  name: string,
  given: Readonly<Record<string, unknown>>,
): Promise<AlertRule> {
  const target = requireAlertsChangeable(ctx, actor, resource)
  let changed: AlertRule | undefined
  await changeRules(ctx, resource, [actor, 'alert.changed', name], async (rules, tx) => {
    const rule = rules.find((one) => one.name === name)
    if (!rule) throw missing(resource, name)
    const next = changeAlertRule(rule, given, target)
    if (next.name !== name) requireNewAlertName(next)
    if (next.name !== name && rules.some((one) => one.name === next.name)) throw taken(resource, next.name)
    if (next.name !== name) for (const id of followers(resource, rule)) await renameState(tx, id, name, next.name)
    changed = next
    return rules.map((one) => (one === rule ? next : one))
  })
  if (!changed) throw missing(resource, name)
  return changed
}

/** @throws Fault forbidden; not_found when there is no rule of that name */
export async function removeAlert(ctx: Context, actor: Actor, resource: Resource, name: string): Promise<void> {
  requireAlertsChangeable(ctx, actor, resource)
  await changeRules(ctx, resource, [actor, 'alert.removed', name], (rules) => {
    const rest = rules.filter((rule) => rule.name !== name)
    if (rest.length === rules.length) throw missing(resource, name)
    return rest
  })
}

/** The rule of that name. @throws Fault forbidden, invalid, not_found */
export function findAlert(ctx: Context, actor: Actor, resource: Resource, name: string): AlertRule {
  requireRead(ctx, actor, resource)
  requireTarget(resource)
  const rule = [...(resource.alerts ?? []), ...(resource.ownAlerts ?? [])].find((one) => one.name === name)
  if (!rule) throw missing(resource, name)
  return rule
}

function missing(resource: Resource, name: string): Fault {
  const inherited = resource.alerts?.find((rule) => rule.name === name)
  const owner = inherited && ownerOf(resource, inherited)
  return owner && owner !== resource
    ? conflict(`The alert ${quote(name)} of ${pathOf(resource)} is one of the folder ${pathOf(owner)}: change or remove it there.`)
    : notFound(`${pathOf(resource)} has no alert named ${quote(name)}.`)
}

/** Numbers of the resources on which a rule is followed. */
function followers(owner: Resource, rule: AlertRule): number[] {
  if (rule.pattern === undefined) return [owner.id]
  const [ids, below]: [number[], Resource[]] = [[], [owner]]
  for (let next = below.pop(); next; next = below.pop()) {
    if (next.alerts?.some(({ name }) => name === rule.name) === true && !next.ownAlerts?.some(({ name }) => name === rule.name))
      ids.push(next.id)
    below.push(...next.children.values())
  }
  return ids
}

const taken = (resource: Resource, name: string): Fault =>
  conflict(`${pathOf(resource)} has an alert named ${quote(name)} already. Change or remove that one, or give this one another name.`)

/** @throws Fault forbidden when the caller may not create, change and remove alerts there; invalid when the resource can have none */
export function requireAlertsChangeable(ctx: Context, actor: Actor, resource: Resource): AlertTarget {
  requireAlertKeeper(ctx, actor, resource)
  return requireTarget(resource)
}

/** @throws Fault forbidden when the caller may not decide about the alerts of a resource and what is in it */
export function requireAlertKeeper(ctx: Context, actor: Actor, resource: Resource): void {
  requireWrite(ctx, actor, resource)
  if (actor.kind !== 'user') throw forbidden('Only users make, change, mute and acknowledge alerts: send the key of a user.')
}

/** @throws Fault invalid when the resource can have no alerts */
export function requireTarget(resource: Resource): AlertTarget {
  const target = alertTargetOf(resource)
  if (target === undefined) throw invalid(`${pathOf(resource)} is neither a sequence nor a controller nor a folder: alerts are on these.`)
  return target
}

async function changeRules(
  ctx: Context,
  resource: Resource,
  [actor, kind, alert]: readonly [Actor, 'alert.made' | 'alert.changed' | 'alert.removed', string],
  change: (rules: readonly AlertRule[], tx: Tx) => readonly AlertRule[] | Promise<readonly AlertRule[]>,
): Promise<void> {
  await changeTree(ctx, async (tx) => {
    requireLive(ctx, resource)
    const target = requireTarget(resource)
    const attributes = await changeJson(tx, 'resources.system_attributes', resource.id, async ({ alerts, ...others }) => {
      const fields = (await change(readAlertRules(alerts, target) ?? [], tx)).map((rule) => rule.fields)
      parseAlertRules(fields, target)
      return attributesText(fields.length === 0 ? others : { ...others, alerts: fields }, 'system_attributes')
    })
    await recordAudit(ctx, tx, actor, aboutResource(kind, resource, { alert }))
    return () => {
      if (attributes !== undefined) ctx.tree.setSystemAttributes(resource, attributes)
    }
  })
}
