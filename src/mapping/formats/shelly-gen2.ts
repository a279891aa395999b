/** Shelly of the second generation and later: notifications on `ID/events/rpc`, and `ID/status/COMPONENT`. */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { sureUnits } from '../sure-units.ts'
import { nameOf, NOTHING, type Format, type Mapped, type Problem, type Reading, type Surroundings } from '../reading.ts'

const DROPPED: ReadonlySet<string> = new Set([
  'id',
  'minute_ts',
  'by_minute',
  'source',
  'errors',
  'ts',
  'calibration',
  'timer_started_at',
  'user_calibrated_phase',
  'ssid',
  'bssid',
  'sta_ip',
])
const UNITS: ReadonlyMap<string, string> = new Map([
  ['apower', 'W'],
  ['aprtpower', 'VA'],
  ['act_power', 'W'],
  ['aprt_power', 'VA'],
  ['voltage', 'V'],
  ['current', 'A'],
  ['freq', 'Hz'],
  ['tC', '°C'],
  ['tF', '°F'],
  ['rh', '%'],
  ['lux', 'lx'],
  ['rssi', 'dBm'],
  ['uptime', 's'],
])
/** Components whose lives are told in the status of the system, and are no measurements. */
const QUIET: ReadonlySet<string> = new Set(['ble', 'cloud', 'mqtt', 'ws', 'eth', 'bthome'])

export const shellyGen2: Format = {
  name: 'shelly-gen2',
  read(topic, { json }, surroundings) {
    if (!isObject(json) || topic.length < 2) return undefined
    const [before, last] = [topic.at(-2), topic.at(-1) ?? '']
    if (
      before === 'status' &&
      isComponent(last) &&
      isObject(json) &&
      ('id' in json || last === 'sys' || last === 'wifi' || QUIET.has(last))
    )
      return QUIET.has(last) ? NOTHING : readComponent(topic.slice(0, -2).map(nameOf), last, json)
    if (before !== 'events' || last !== 'rpc' || typeof json['method'] !== 'string') return undefined
    const above = topic.slice(0, -2).map(nameOf)
    if (!isObject(json['params'])) return NOTHING
    return json['method'] === 'NotifyEvent'
      ? readEvents(above, json['params'], surroundings)
      : readStatus(above, json['params'], surroundings)
  },
}

const isComponent = (name: string): boolean => /^[a-z0-9]+(?::\d+)?$/.test(name)

const readComponent = (above: readonly string[], name: string, status: Readonly<Record<string, unknown>>): Mapped =>
  readMembers(name === 'sys' ? { uptime: status['uptime'], ram_free: status['ram_free'] } : status, {
    above: [...above, nameOf(name)],
    drop: DROPPED,
    units: (member, holder) =>
      member === 'total' && /energy$/.test(holder ?? '')
        ? 'Wh'
        : member === 'percent'
          ? '%'
          : UNITS.get(member.replace(/^(?:total|[abcn])_/, '')),
  })

function readStatus(above: readonly string[], params: Readonly<Record<string, unknown>>, { now }: Surroundings): Mapped {
  const readings: Reading[] = []
  const problems: Problem[] = []
  for (const [name, status] of Object.entries(params)) {
    if (!isObject(status) || QUIET.has(name)) continue
    const component = readComponent(above, name, status)
    readings.push(...component.readings)
    problems.push(...(component.problems ?? []))
  }
  return { readings, problems, ...timeOf(params, now) }
}

/** Of Shelly's sensors of Bluetooth (BTHome). */
const SENSOR_UNITS: ReadonlyMap<string, string> = new Map([
  ['temperature', '°C'],
  ['battery', '%'],
  ['illuminance', 'lx'],
  ['rotation', '°'],
])
const SENSOR_DROPPED: ReadonlySet<string> = new Set(['pid', 'encryption', 'BTHome_version', 'local_name'])

/** Presses and the like: the name of what happened, as text; and what sensors said by Bluetooth, which scripts of gateways pass on. */
function readEvents(above: readonly string[], params: Readonly<Record<string, unknown>>, { now }: Surroundings): Mapped {
  const events: unknown[] = Array.isArray(params['events']) ? params['events'] : []
  const problems: Problem[] = []
  const readings = events.flatMap((event): Reading[] => {
    if (!isObject(event) || typeof event['component'] !== 'string' || typeof event['event'] !== 'string') return []
    const { time } = timeOf(event, now)
    const component = [...above, nameOf(event['component'])]
    const happened = { names: [...component, 'event'], value: event['event'], time }
    if (!isObject(event['data'])) return [happened]
    const { address, ...said } = event['data']
    const device = typeof address === 'string' ? [...above, nameOf(address)] : component
    const found = readMembers(said, { above: device, drop: SENSOR_DROPPED, units: (name) => SENSOR_UNITS.get(name) ?? sureUnits(name) })
    problems.push(...(found.problems ?? []))
    return [happened, ...found.readings.map((reading) => ({ ...reading, time }))]
  })
  return { readings, problems, ...timeOf(params, now) }
}

function timeOf({ ts }: Readonly<Record<string, unknown>>, now: number): { time?: number; doubt?: string } {
  return readMessageTime(ts, now) ?? {}
}
