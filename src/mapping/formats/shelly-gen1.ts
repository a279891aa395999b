/** Shelly of the first generation: a topic for each value below `shellies/ID`. */
import { isObject } from '../../base/json.ts'
import { mapBare } from '../bare-values.ts'
import { readMembers } from '../members.ts'
import { nameOf, NOTHING, type Format, type Mapped } from '../reading.ts'

const UNITS: ReadonlyMap<string, string> = new Map([
  ['power', 'W'],
  ['reactive_power', 'var'],
  ['voltage', 'V'],
  ['current', 'A'],
  ['temperature_f', '°F'],
  ['humidity', '%'],
  ['battery', '%'],
  ['lux', 'lx'],
])
const SWITCHES = /^(?:relay|light|white|color)$/

export const shellyGen1: Format = {
  name: 'shelly-gen1',
  usualTopic: (topic) => ['shellies', ...topic],
  read(topic, payload) {
    const at = topic.indexOf('shellies')
    if (at < 0) return undefined
    const [device, ...what] = topic.slice(at + 1)
    const last = what.at(-1) ?? ''
    // `announce`, and what is asked of all devices.
    if (device === undefined || what.length === 0) return NOTHING
    if (last === 'announce' || last === 'info' || last === 'command') return NOTHING
    const above = [...topic.slice(0, at), device].map(nameOf)
    const names = [...above, ...what.map(nameOf)]
    if (isObject(payload.json)) return readMembers(payload.json, { above: names })
    // `relay/0` says on or off, and `relay/0/power` lies below it.
    const isHolder = /^\d+$/.test(last) && what.length === 2
    const mapped = mapBare(payload, isHolder ? [...names, 'state'] : names, SWITCHES.test(what[0] ?? ''))
    return mapped && withUnits(mapped, unitsOf(what, last))
  },
}

function unitsOf(what: readonly string[], last: string): string | undefined {
  // Meters of relays count watt-minutes, those of emeter watt-hours.
  if (/^(?:energy|total|returned_energy|total_returned)$/.test(last))
    return what[0] === 'emeter' ? 'Wh' : what[0] === 'relay' || what[0] === 'roller' || what[0] === 'light' ? 'W·min' : undefined
  // The device's own; that of sensors is in the unit that somebody chose for it.
  if (last === 'temperature') return what.length === 1 ? '°C' : undefined
  return UNITS.get(last)
}

const withUnits = (mapped: Mapped, units: string | undefined): Mapped =>
  units === undefined ? mapped : { ...mapped, readings: mapped.readings.map((reading) => ({ ...reading, units })) }
