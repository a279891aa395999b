/** Sensors of Sensor.Community (airRohr), as their own interface sends them: `sensordatavalues`, a list of names and values. */
import { isObject } from '../../base/json.ts'
import { typedValue } from '../bare-values.ts'
import { readMembers } from '../members.ts'
import { nameOf, type Format } from '../reading.ts'

/** By the ends of names, which sensors begin with their make, as BME280_temperature. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|_)temperature$/, '°C'],
  [/(?:^|_)humidity$/, '%'],
  [/(?:^|_)pressure$/, 'Pa'],
  [/(?:^|_)P[0124]$/, 'µg/m³'],
  [/(?:^|_)(?:min_micro|max_micro|interval)$/, 'µs'],
  [/^signal$/, 'dBm'],
]

export const sensorCommunity: Format = {
  name: 'sensor-community',
  read(topic, { json }) {
    const list = isObject(json) ? json['sensordatavalues'] : undefined
    if (!Array.isArray(list)) return undefined
    const pairs = list.flatMap((item: unknown): [string, unknown][] =>
      isObject(item) && typeof item['value_type'] === 'string' ? [[item['value_type'], typedValue(item['value'])]] : [],
    )
    const read = readMembers(Object.fromEntries(pairs), {
      above: topic.map(nameOf),
      units: (name) => UNITS.find(([pattern]) => pattern.test(name))?.[1],
    })
    if (pairs.length === list.length) return read
    const problem = { names: topic.map(nameOf), message: `${list.length - pairs.length} of its sensordatavalues have no value_type.` }
    return { ...read, problems: [...(read.problems ?? []), problem] }
  },
}
