/** Devices that were made for ThingSpeak: `update?api_key=…&field1=21.5`, and several readings at once as its `bulk_update.json`. */
import { isObject } from '../../base/json.ts'
import { readMessageTime, type MessageTime } from '../message-time.ts'
import { readMembers } from '../members.ts'
import { nameOf, type Format, type Mapped } from '../reading.ts'

const DROPPED: ReadonlySet<string> = new Set(['api_key', 'write_api_key', 'created_at', 'timezone', 'headers', 'delta_t'])
/** What stands in the address of the service, and is no name of the device. */
const ADDRESS = /^(?:update(?:\.json|\.xml)?|bulk_update\.(?:json|csv))$/i

export const thingSpeak: Format = {
  name: 'thingspeak',
  read(topic, { json }, { now }) {
    if (!isObject(json)) return undefined
    const above = topic.filter((level) => !ADDRESS.test(level)).map(nameOf)
    if (json['api_key'] !== undefined && hasField(json)) return readUpdate(json, above, now)
    const { write_api_key: key, updates } = json
    if (key === undefined || !Array.isArray(updates)) return undefined
    const all = updates.map((update) => (isObject(update) && hasField(update) ? readUpdate(update, above, now, true) : undefined))
    const whole = all.filter((one) => one !== undefined)
    return {
      readings: whole.flatMap((one) => one.readings.map((reading) => ({ ...reading, time: one.time }))),
      problems: [
        ...whole.flatMap((one) => one.problems ?? []),
        ...all.flatMap((one, at) => (one ? [] : [{ names: above, message: `Update ${at + 1} has no field.` }])),
      ],
    }
  },
}

const hasField = (object: Readonly<Record<string, unknown>>): boolean => Object.keys(object).some((name) => /^field[1-8]$/.test(name))

/** @param needsTime whether one that can't be taken costs the reading, as the time of others would be wrong for it */
function readUpdate(update: Readonly<Record<string, unknown>>, above: readonly string[], now: number, needsTime = false): Mapped {
  const { created_at: given } = update
  const time = given === undefined ? undefined : timeOf(given, now)
  if (needsTime && (time === undefined || 'doubt' in time)) {
    const why = time ? time.doubt : 'An update of several has no created_at'
    return { readings: [], problems: [{ names: above, message: `${why}: it is not stored.` }] }
  }
  return { ...readMembers(update, { above, drop: DROPPED }), ...time }
}

/** `2026-01-31 12:00:00 +0100`, `2026-01-31T12:00:00Z`, `2026-01-31 12:00:00 UTC`. */
const timeOf = (given: unknown, now: number): Exclude<MessageTime, undefined> =>
  readMessageTime(given, now) ?? { doubt: `${String(given).slice(0, 40)} is no time` }
