/** Theengs and OpenMQTTGateway: `home/GATEWAY/BTtoMQTT/ADDRESS` and other `…toMQTT`; decoded sensors of Bluetooth, 433 MHz and more. */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { nameOf, NOTHING, type Format } from '../reading.ts'

const DROPPED: ReadonlySet<string> = new Set([
  ...['id', 'name', 'brand', 'model', 'model_id', 'type', 'mac', 'mac_type', 'adv_type', 'servicedata', 'servicedatauuid'],
  ...['manufacturerdata', 'raw', 'protocol', 'mic', 'cidc', 'acts', 'cont', 'track', 'prmac', 'device', 'distance_raw'],
])
const UNITS: ReadonlyMap<string, string> = new Map([
  ['tempc', '°C'],
  ['tempc2', '°C'],
  ['tempf', '°F'],
  ['tempf2', '°F'],
  ['hum', '%'],
  ['batt', '%'],
  ['moi', '%'],
  ['volt', 'V'],
  ['rssi', 'dBm'],
  ['RSSI', 'dBm'],
  ['lux', 'lx'],
  ['fer', 'µS/cm'],
  ['co2', 'ppm'],
  ['temperature_C', '°C'],
  ['temperature_F', '°F'],
  ['humidity', '%'],
])

export const theengs: Format = {
  name: 'theengs',
  usualTopic: (topic) => ['home', 'gateway', 'BTtoMQTT', ...topic],
  read(topic, { json, text }, { now }) {
    const at = topic.findIndex((level) => /^\w+toMQTT$/.test(level))
    if (at < 0) {
      if (topic.at(-1) !== 'LWT' || !(text === 'online' || text === 'offline')) return undefined
      return { readings: [{ names: [...topic.slice(0, -1).map(nameOf), 'online'], value: text === 'online' }] }
    }
    if (!isObject(json) || topic[at] === 'SYStoMQTT' || topic[at] === 'WebUItoMQTT' || topic[at] === 'LOGtoMQTT') return NOTHING
    const below = topic.slice(at + 1)
    const id = json['id'] ?? json['mac'] ?? json['address']
    const device = below.length > 0 ? below : typeof id === 'string' || typeof id === 'number' ? [String(id).replaceAll(':', '')] : []
    return readMembers(json, { above: device.map(nameOf), drop: DROPPED, units: (name) => UNITS.get(name), time: { now } })
  },
}
