/** Why alerts and watchdogs would not reach those they are to tell. */
import type { Actor } from '../tree/actor.ts'
import type { AlertRule } from '../attributes/alert-rules.ts'
import type { Attributes } from '../attributes/resource-attributes.ts'
import type { Context } from '../context.ts'
import { obstaclesTo, warningsFor } from '../notifications/obstacles.ts'
import { canWrite } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

/** Of one rule, in sentences. */
export const warningsOfRule = (ctx: Context, rule: AlertRule): string[] => (rule.isEnabled ? warningsFor(ctx, allRecipientsOf(rule)) : [])

/** Of what a change of these system attributes has had watched, in sentences. */
export function warningsOfChange(ctx: Context, resource: Resource, given: Attributes): string[] {
  const { watchdog } = resource
  const isWatchdog = Object.keys(given).some((name) => name.startsWith('watchdog_'))
  const recipients = [...(isWatchdog ? (watchdog?.recipients ?? []) : []), ...('alerts' in given ? recipientsOfAlerts(resource) : [])]
  const warnings = warningsFor(ctx, recipients)
  if (isWatchdog && watchdog && watchdog.recipients.length === 0)
    warnings.push(`Nobody is told when ${pathOf(resource)} is silent: its watchdog_recipients is empty.`)
  if (isWatchdog && !watchdog && isSomething(given['watchdog_recipients']))
    warnings.push(`${pathOf(resource)} is not watched, so nobody is told of its silence: set watchdog_minutes too.`)
  return warnings
}

const isSomething = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

const recipientsOfAlerts = ({ alerts = [], ownAlerts = [] }: Resource): string[] =>
  [...new Set([...alerts, ...ownAlerts])].filter(({ isEnabled }) => isEnabled).flatMap(allRecipientsOf)

/** The first group and the second. */
const allRecipientsOf = ({ recipients, escalation }: AlertRule): string[] => [...recipients, ...(escalation?.recipients ?? [])]

/** Who would be told of a resource: by its watchdog and its alerts. */
export const recipientsOf = (resource: Resource): string[] => [
  ...new Set([...(resource.watchdog?.recipients ?? []), ...recipientsOfAlerts(resource)]),
]

export interface Unreachable {
  readonly reason: string
  /** Resources whose watchdog or alerts can't tell somebody for that reason. */
  readonly resources: readonly Resource[]
}

/** Everything watched that the actor may change and that can't tell somebody, by the reason. */
export function listUnreachable(ctx: Context, actor: Actor): Unreachable[] {
  const byReason = new Map<string, Resource[]>()
  for (const resource of new Set([...ctx.tree.alerted, ...ctx.tree.controllers])) {
    const recipients = recipientsOf(resource)
    if (recipients.length === 0 || !canWrite(ctx, actor, resource)) continue
    for (const { reason } of obstaclesTo(ctx, recipients)) byReason.set(reason, [...(byReason.get(reason) ?? []), resource])
  }
  return [...byReason].map(([reason, resources]) => ({ reason, resources }))
}
