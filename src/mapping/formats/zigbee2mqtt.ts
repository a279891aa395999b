/** Zigbee2MQTT: `zigbee2mqtt/FRIENDLY NAME` and below, with any base topic where the payload has a `linkquality`. */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format } from '../reading.ts'

const DROPPED: ReadonlySet<string> = new Set(['update', 'last_seen', 'device', 'elapsed'])
const UNITS: ReadonlyMap<string, string> = new Map([
  ['temperature', '°C'],
  ['device_temperature', '°C'],
  ['local_temperature', '°C'],
  ['current_heating_setpoint', '°C'],
  ['occupied_heating_setpoint', '°C'],
  ['humidity', '%'],
  ['soil_moisture', '%'],
  ['battery', '%'],
  ['pressure', 'hPa'],
  ['power', 'W'],
  ['energy', 'kWh'],
  ['current', 'A'],
  ['co2', 'ppm'],
  ['pm25', 'µg/m³'],
  ['illuminance_lux', 'lx'],
])

export const zigbee2mqtt: Format = {
  name: 'zigbee2mqtt',
  usualTopic: (topic) => ['zigbee2mqtt', ...topic],
  read(topic, { json, text }, { now }) {
    const isBelow = topic[0] === 'zigbee2mqtt'
    const names = topic.map(nameOf)
    if (isBelow && topic[1] === 'bridge') {
      if (topic.length !== 3 || topic[2] !== 'state') return NOTHING
      return { readings: [{ names: [...names.slice(0, -1), 'online'], value: stateOf(json, text) === 'online' }] }
    }
    if (topic.at(-1) === 'availability' && (isBelow || isObject(json))) {
      const state = stateOf(json, text)
      if (state === 'online' || state === 'offline')
        return { readings: [{ names: [...names.slice(0, -1), 'online'], value: state === 'online' }] }
    }
    if (!isObject(json) || topic.length === 0 || !(isBelow || 'linkquality' in json)) return undefined
    const seen = readMessageTime(json['last_seen'], now)
    const mapped = readMembers(json, {
      above: names,
      drop: DROPPED,
      switches: /^state(?:_|$)/,
      // Devices on batteries tell millivolts, others volts.
      units: (name) => (name === 'voltage' ? ('battery' in json ? 'mV' : 'power' in json ? 'V' : undefined) : UNITS.get(name)),
    })
    return seen && 'time' in seen ? { ...mapped, time: seen.time } : mapped
  },
}

const stateOf = (json: unknown, text: string | undefined): unknown => (isObject(json) ? json['state'] : text)
