/** The system attributes that control monitoring: `alerts`, and a controller's `watchdog_…`. */
import type { Actor } from '../tree/actor.ts'
import { parseAlertRules, requireNewAlertName, type AlertTarget } from '../attributes/alert-rules.ts'
import { forbidden } from '../base/fault.ts'
import type { Attributes } from '../attributes/resource-attributes.ts'
import { CONTROLLER_FOLDER, SEQUENCE, dataTypeNumber, isFolderType } from '../wire/resource-types.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { checkWatchdogAttributes, readWatchdogSpec } from '../attributes/watchdog-spec.ts'

const NAMES = ['alerts', 'watchdog_minutes', 'watchdog_recipients', 'watchdog_counts'] as const

/** The kind of target that the resource is for alert rules; undefined when it can have none. */
export function alertTargetOf(resource: Pick<Resource, 'type' | 'sequence'>): AlertTarget | undefined {
  if (resource.type === CONTROLLER_FOLDER) return 'controller'
  return isFolderType(resource.type) ? 'folder' : resource.sequence?.dataType
}

/**
 * Checks the monitoring attributes among those that a client gives to an existing resource, and returns them.
 * @throws Fault invalid; forbidden for controllers, whose keys must not make the server write to arbitrary recipients
 */
export function checkWatchChanges(actor: Actor, resource: Resource, given: Attributes): Attributes {
  const names = new Set(resource.ownAlerts?.map(({ name }) => name))
  const checked = checkWatchAttributes(alertTargetOf(resource), resource.type, given, names)
  if (actor.kind !== 'user' && isChange(resource, given, checked))
    throw forbidden(`Only users have something watched: the alerts and watchdog of ${pathOf(resource)} stay as they are.`)
  return checked
}

/** Does the same for a resource that is about to be created. @throws Fault invalid, forbidden */
export function checkNewWatch(actor: Actor, type: number, given: Attributes): Attributes {
  const sequence = type === SEQUENCE ? dataTypeNumber(given['data_type']) : undefined
  const target = type === CONTROLLER_FOLDER ? 'controller' : isFolderType(type) ? 'folder' : sequence
  const checked = checkWatchAttributes(target, type, given)
  if (actor.kind !== 'user' && Object.keys(checked).length > 0)
    throw forbidden('Only users have something watched: leave alerts and watchdog_… away.')
  return checked
}

/** @param names of the rules that there are */
function checkWatchAttributes(
  target: AlertTarget | undefined,
  type: number,
  given: Attributes,
  names: ReadonlySet<string> = new Set(),
): Attributes {
  if (target === undefined || !NAMES.some((name) => name in given)) return {}
  const checked: Attributes = type === CONTROLLER_FOLDER ? checkWatchdogAttributes(given) : {}
  const { alerts } = given
  if (alerts !== undefined && alerts !== null) {
    const rules = parseAlertRules(alerts, target)
    for (const rule of rules) if (!names.has(rule.name)) requireNewAlertName(rule, 'alerts')
    checked['alerts'] = rules.map(({ fields }) => fields)
  }
  return checked
}

/** False for a program that sends back unchanged what it has read. */
function isChange(resource: Resource, given: Attributes, checked: Attributes): boolean {
  if (
    'alerts' in given &&
    JSON.stringify(checked['alerts'] ?? []) !== JSON.stringify((resource.ownAlerts ?? []).map(({ fields }) => fields))
  )
    return true
  return (
    resource.type === CONTROLLER_FOLDER &&
    NAMES.some((name) => name !== 'alerts' && name in given) &&
    JSON.stringify(readWatchdogSpec(checked)) !== JSON.stringify(resource.watchdog)
  )
}
