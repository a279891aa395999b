/**
 * rtl_433: many sensors on one topic (`rtl_433/HOST/events`, OpenMQTTGateway's `RTL_433toMQTT`), told apart by what they say of themselves;
 * and a topic for each member (`rtl_433/HOST/devices/MODEL/…`).
 */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format } from '../reading.ts'
import { sureUnits } from '../sure-units.ts'

const DROPPED: ReadonlySet<string> = new Set([
  ...['time', 'model', 'id', 'channel', 'mic', 'mod', 'protocol', 'type', 'subtype', 'flags', 'raw_msg', 'codes', 'data'],
  ...['freq', 'freq1', 'freq2', 'duration', 'unknown', 'sequence_num'],
])
const UNITS: ReadonlyMap<string, string> = new Map([
  ['moisture', '%'],
  ['rain_mm', 'mm'],
  ['rain_in', 'in'],
  ['wind_avg_m_s', 'm/s'],
  ['wind_max_m_s', 'm/s'],
  ['wind_avg_km_h', 'km/h'],
  ['wind_max_km_h', 'km/h'],
  ['wind_dir_deg', '°'],
  ['pressure_kPa', 'kPa'],
  ['power_W', 'W'],
  ['snr', 'dB'],
  ['noise', 'dB'],
])

export const rtl433: Format = {
  name: 'rtl_433',
  usualTopic: (topic) => ['rtl_433', 'host', ...topic],
  read(topic, { json }, { now }) {
    const at = topic.findIndex((level) => /^rtl_433(?:tomqtt)?$/i.test(level))
    if (at < 0) return undefined
    if (topic[at + 2] === 'devices') return /^(?:time|mic|id|model|channel)$/.test(topic.at(-1) ?? '') ? NOTHING : undefined
    if (!isObject(json)) return topic[at + 2] === 'availability' ? undefined : NOTHING
    const marks = [json['model'], json['channel'], json['id']].filter((mark) => typeof mark === 'string' || typeof mark === 'number')
    if (marks.length === 0) return topic[at + 2] === 'states' ? NOTHING : undefined
    const heard = readMessageTime(json['time'], now)
    return {
      ...readMembers(json, {
        above: marks.map((mark) => nameOf(String(mark))),
        drop: DROPPED,
        units: (name) => UNITS.get(name) ?? sureUnits(name),
      }),
      // Local time without a zone, unless it is told otherwise: the server's is right for what comes live.
      ...(heard && 'time' in heard ? { time: heard.time } : {}),
    }
  },
}
