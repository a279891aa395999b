/** Tasmota: `tele/TOPIC/SENSOR`, `STATE`, `LWT`, `stat/TOPIC/POWER` and `RESULT`, in any order of prefix and topic (FullTopic). */
import { isObject } from '../../base/json.ts'
import { mapBare } from '../bare-values.ts'
import { readMembers } from '../members.ts'
import { nameOf, NOTHING, type Format } from '../reading.ts'

/** Identities, settings and texts about time, which would make a sequence each and never say anything new. */
const DROPPED: ReadonlySet<string> = new Set([
  // Local time without a zone: the server's is right for what comes live.
  'Time',
  'Id',
  // What a command is answered with that is not known.
  'Command',
  'TotalStartTime',
  'Period',
  'TempUnit',
  'PressureUnit',
  'SpeedUnit',
  'Uptime',
  'SleepMode',
  'Downtime',
  'SSId',
  'BSSId',
  'Mode',
  'Hostname',
  'IPAddress',
  'Berry',
])
const UNITS: ReadonlyMap<string, string> = new Map([
  ['Humidity', '%'],
  ['Power', 'W'],
  ['ApparentPower', 'VA'],
  ['ReactivePower', 'var'],
  ['Voltage', 'V'],
  ['Current', 'A'],
  ['Frequency', 'Hz'],
  ['Total', 'kWh'],
  ['Yesterday', 'kWh'],
  ['Today', 'kWh'],
  ['CarbonDioxide', 'ppm'],
  ['eCO2', 'ppm'],
  ['TVOC', 'ppb'],
  ['Illuminance', 'lx'],
  ['Signal', 'dBm'],
  ['RSSI', '%'],
  ['UptimeSec', 's'],
])
const ENERGY = /^(?:Power|Voltage|Current|Total|Yesterday|Today|Frequency)$/
const SWITCHES = /^(?:POWER\d*|Switch\d+)$/
const PREFIXES: ReadonlySet<string> = new Set(['tele', 'stat'])

export const tasmota: Format = {
  name: 'tasmota',
  usualTopic: (topic) => ['tele', ...topic, 'SENSOR'],
  read(topic, payload) {
    if (topic[0] === 'tasmota' && topic[1] === 'discovery') return NOTHING
    const at = topic.findIndex((level) => PREFIXES.has(level))
    const last = topic.at(-1) ?? ''
    if (at < 0 || at === topic.length - 1) return undefined
    const device = topic.filter((_, index) => index !== at && index !== topic.length - 1).map(nameOf)
    if (last === 'LWT') return { readings: [{ names: [...device, 'online'], value: payload.text === 'Online' }] }
    if (SWITCHES.test(last)) return mapBare(payload, [...device, last], true)
    if (/^(?:STATUS|LOGGING|INFO\d|UPTIME$|HASS_STATE$)/.test(last) && !/^STATUS(?:8|10|11)$/.test(last)) return NOTHING
    if (!isObject(payload.json) || !/^(?:SENSOR|STATE|RESULT|STATUS(?:8|10|11)|ENERGY)$/.test(last)) return undefined
    const inner = payload.json['StatusSNS'] ?? payload.json['StatusSTS'] ?? payload.json
    if (!isObject(inner)) return NOTHING
    const temperature = scaleOf(inner['TempUnit'])
    const pressure = typeof inner['PressureUnit'] === 'string' ? inner['PressureUnit'] : undefined
    return readMembers(inner, {
      above: device,
      drop: DROPPED,
      // Plugs with several meters, and lights, have a list of one number each.
      arrays: true,
      switches: SWITCHES,
      units: (name, holder) => {
        if (name === 'Temperature' || name === 'DewPoint') return temperature
        if (name === 'Pressure' || name === 'SeaPressure') return pressure
        if (ENERGY.test(name) && holder !== 'ENERGY') return undefined
        if (name === 'RSSI' && holder !== 'Wifi') return 'dBm'
        return UNITS.get(name)
      },
    })
  },
}

const scaleOf = (unit: unknown): string | undefined => (unit === 'C' || unit === 'F' ? `°${unit}` : unit === 'K' ? 'K' : undefined)
