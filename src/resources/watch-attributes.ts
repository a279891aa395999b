/** The system attributes by which people have something watched: `alerts`, and a controller's `watchdog_…`. */
import type { Actor } from '../tree/actor.ts'
import { parseAlertRules, type AlertTarget } from '../attributes/alert-rules.ts'
import { forbidden } from '../base/fault.ts'
import type { Attributes } from '../attributes/resource-attributes.ts'
import { CONTROLLER_FOLDER, SEQUENCE, dataTypeNumber } from '../wire/resource-types.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { checkWatchdogAttributes, readWatchdogSpec } from '../attributes/watchdog-spec.ts'

const NAMES = ['alerts', 'watchdog_minutes', 'watchdog_recipients', 'watchdog_counts'] as const

/** What rules on a resource may be about; undefined when it can have none. */
export function alertTargetOf(resource: Pick<Resource, 'type' | 'sequence'>): AlertTarget | undefined {
  return resource.type === CONTROLLER_FOLDER ? 'controller' : resource.sequence?.dataType
}

/**
 * Of attributes that a client gives to an existing resource, those about watching, checked.
 * @throws Fault invalid; forbidden for controllers, whose keys must not make the server write to strangers
 */
export function checkWatchChanges(actor: Actor, resource: Resource, given: Attributes): Attributes {
  const checked = checkWatchAttributes(alertTargetOf(resource), resource.type, given)
  if (actor.kind !== 'user' && isChange(resource, given, checked))
    throw forbidden(`Only users have something watched: the alerts and watchdog of ${pathOf(resource)} stay as they are.`)
  return checked
}

/** The same for one that is about to be made. @throws Fault invalid, forbidden */
export function checkNewWatch(actor: Actor, type: number, given: Attributes): Attributes {
  const target = type === CONTROLLER_FOLDER ? 'controller' : type === SEQUENCE ? dataTypeNumber(given['data_type']) : undefined
  const checked = checkWatchAttributes(target, type, given)
  if (actor.kind !== 'user' && Object.keys(checked).length > 0)
    throw forbidden('Only users have something watched: leave alerts and watchdog_… away.')
  return checked
}

function checkWatchAttributes(target: AlertTarget | undefined, type: number, given: Attributes): Attributes {
  if (target === undefined || !NAMES.some((name) => name in given)) return {}
  const checked: Attributes = type === CONTROLLER_FOLDER ? checkWatchdogAttributes(given) : {}
  const { alerts } = given
  if (alerts !== undefined && alerts !== null) checked['alerts'] = parseAlertRules(alerts, target).map(({ fields }) => fields)
  return checked
}

/** Programs that send back what they have read change nothing. */
function isChange(resource: Resource, given: Attributes, checked: Attributes): boolean {
  if ('alerts' in given && JSON.stringify(checked['alerts'] ?? []) !== JSON.stringify((resource.alerts ?? []).map(({ fields }) => fields)))
    return true
  return (
    resource.type === CONTROLLER_FOLDER &&
    NAMES.some((name) => name !== 'alerts' && name in given) &&
    JSON.stringify(readWatchdogSpec(checked)) !== JSON.stringify(resource.watchdog)
  )
}
