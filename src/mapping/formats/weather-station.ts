/**
 * Weather stations that push by HTTP: a form with all readings, as Ecowitt's gateways send it (`PASSKEY`), or in the form of Weather
 * Underground (`ID`, `PASSWORD`). Their secrets are no readings, and are kept nowhere.
 */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, type Format } from '../reading.ts'

const DROPPED: ReadonlySet<string> = new Set([
  ...['PASSKEY', 'ID', 'PASSWORD', 'stationtype', 'softwaretype', 'action', 'realtime', 'rtfreq', 'model', 'freq', 'interval', 'dateutc'],
  ...['runtime', 'heap'],
])

/** What stands in the address of the service, and is no name of the station. */
const ADDRESS = /^(?:weatherstation|updateweatherstation(?:\.php)?|data\.php|report)$/i

/** By the ends of names, which say the unit; the first that fits counts. */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^(?:temp|dewpt|indoortemp|windchill|feelslike|soiltemp|tf_ch).*f$|^(?:tempinf|tf_ch\d+)$/i, '°F'],
  [/^(?:indoor)?humidity(?:in|\d+)?$/i, '%'],
  [/^soilmoisture\d*$/i, '%'],
  [/^barom(?:relin|absin|in)$/i, 'inHg'],
  [/mph(?:_.*)?$|^maxdailygust$/i, 'mph'],
  [/^(?:rainratein|rainin)$/i, 'in/h'],
  [/rainin$/i, 'in'],
  [/^winddir/i, '°'],
  [/^solarradiation$/i, 'W/m²'],
  [/^pm(?:25|10)_/i, 'µg/m³'],
  [/^co2(?:in)?(?:_24h)?$/i, 'ppm'],
  [/volt$/i, 'V'],
]

export const weatherStation: Format = {
  name: 'weather-station',
  read(topic, { json }, { now }) {
    if (!isObject(json) || typeof json['dateutc'] !== 'string') return undefined
    if (json['PASSKEY'] === undefined && !(json['ID'] !== undefined && json['PASSWORD'] !== undefined)) return undefined
    // Both send it for a sensor that is not there.
    const members = Object.fromEntries(Object.entries(json).filter(([, value]) => Number(value) !== -9999))
    // Some stations leave out zeros: 2026-1-31 5:3:2.
    const given = json['dateutc'].replace('+', ' ').replaceAll(/(?<!\d)\d(?!\d)/g, '0$&')
    const time = given === 'now' ? undefined : (readMessageTime(`${given}Z`, now) ?? { doubt: `${given.slice(0, 40)} is no time` })
    return {
      ...readMembers(members, {
        above: topic.filter((level) => !ADDRESS.test(level)).map(nameOf),
        drop: DROPPED,
        units: (name) => UNITS.find(([pattern]) => pattern.test(name))?.[1],
      }),
      ...time,
    }
  },
}
