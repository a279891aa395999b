/**
 * What Home Assistant is told of controllers and sequences, in the words of its MQTT discovery. Ids are made of the lab's and the
 * resource's, so that an entity stays the same when its sequence is renamed or moved.
 */
import type { Context } from '../../src/context.ts'
import { VERSION } from '../../src/base/version.ts'
import { linkToResource } from '../../src/notifications/public-links.ts'
import { isImageSequence, pathOf, type Resource } from '../../src/tree/tree.ts'
import { CONTROLLER_FOLDER, NUMERIC, ORGANIZATION_FOLDER } from '../../src/wire/resource-types.ts'
import { sensorKindOf } from './home-assistant-units.ts'

/** Where Home Assistant looks unless it is told otherwise. */
export const DISCOVERY_PREFIX = 'homeassistant'
export const ONLINE = 'online'
export const OFFLINE = 'offline'

/** Characters of a lab's id that are enough to tell a household's labs apart. */
const LAB_LENGTH = 8

/** Whether it is announced: controllers, and sequences but those of images. */
export const isAnnounced = (resource: Resource): boolean =>
  resource.type === CONTROLLER_FOLDER || (resource.sequence !== undefined && !isImageSequence(resource))

const idIn = (lab: string, { id }: Pick<Resource, 'id'>): string => `rhizo_${lab.slice(0, LAB_LENGTH)}_${id}`

/** Where a controller or sequence is announced. */
export const configTopic = (lab: string, resource: Resource): string =>
  `${DISCOVERY_PREFIX}/${resource.sequence ? 'sensor' : 'binary_sensor'}/${idIn(lab, resource)}/config`

/** Where it is said whether a controller is there: `online` or `offline`. */
export const availabilityTopic = (lab: string, controller: Resource): string =>
  `${DISCOVERY_PREFIX}/rhizo/${idIn(lab, controller)}/availability`

/** The controller whose folder a resource lies in. */
export function controllerAbove(resource: Resource): Resource | undefined {
  for (let at: Resource | undefined = resource; at; at = at.parent) if (at.type === CONTROLLER_FOLDER) return at
  return undefined
}

/** @param resource one that {@link isAnnounced} */
export function describeForHomeAssistant(ctx: Pick<Context, 'settings'>, lab: string, resource: Resource): object {
  const controller = controllerAbove(resource)
  // Sequences outside of controllers make one device of each folder.
  const place = controller ?? resource.parent ?? resource
  const common = {
    unique_id: idIn(lab, resource),
    device: {
      identifiers: [idIn(lab, place)],
      name: place.type === ORGANIZATION_FOLDER ? place.name : pathOf(place).slice(1),
      manufacturer: 'rhizo',
      model: controller ? 'controller' : 'folder',
      ...linkOf(ctx, place),
    },
    origin: { name: 'rhizo', sw_version: VERSION },
    qos: 1,
  }
  const { sequence } = resource
  if (!sequence)
    return {
      name: 'Connection',
      ...common,
      state_topic: availabilityTopic(lab, resource),
      payload_on: ONLINE,
      payload_off: OFFLINE,
      device_class: 'connectivity',
      entity_category: 'diagnostic',
    }
  const isNumeric = sequence.dataType === NUMERIC
  const { unit, deviceClass } = isNumeric ? sensorKindOf(resource.name, sequence.units) : {}
  return {
    name: pathOf(resource).slice(pathOf(place).length + 1),
    ...common,
    state_topic: pathOf(resource).slice(1),
    ...(unit === undefined ? {} : { unit_of_measurement: unit }),
    ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
    // Only with it does Home Assistant keep statistics, and draw a line.
    ...(isNumeric ? { state_class: 'measurement' } : {}),
    ...(isNumeric && sequence.decimalPlaces !== undefined ? { suggested_display_precision: sequence.decimalPlaces } : {}),
    ...(controller
      ? { availability_topic: availabilityTopic(lab, controller), payload_available: ONLINE, payload_not_available: OFFLINE }
      : {}),
  }
}

function linkOf(ctx: Pick<Context, 'settings'>, place: Resource): { configuration_url?: string } {
  const url = linkToResource(ctx, place)
  return url === undefined ? {} : { configuration_url: url }
}
