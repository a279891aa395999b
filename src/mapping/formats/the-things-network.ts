/** The Things Network and The Things Stack, version 3: uplinks by MQTT (`v3/APP@TENANT/devices/DEVICE/up`) and by webhook. */
import { isObject } from '../../base/json.ts'
import type { Micros } from '../../base/time.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format, type Mapped, type Reading } from '../reading.ts'
import { sureUnits } from '../sure-units.ts'

const UNITS: ReadonlyMap<string, string> = new Map([
  ['rssi', 'dBm'],
  ['snr', 'dB'],
])

/** Units that the schema of normalized payloads lays down. */
const NORMALIZED: ReadonlyMap<string, string> = new Map([
  ['temperature', '°C'],
  ['relativeHumidity', '%'],
  ['pressure', 'hPa'],
  ['co2', 'ppm'],
  ['lightIntensity', 'lx'],
  ['moisture', '%'],
  ['ec', 'dS/m'],
])

export const theThingsNetwork: Format = {
  name: 'ttn',
  read(topic, { json }, { now }) {
    const isTopic = topic.includes('v3') && topic.includes('devices')
    if (!isObject(json) || !isObject(json['end_device_ids'])) return isTopic ? NOTHING : undefined
    const { end_device_ids: ids, uplink_message: uplink } = json
    // Joins, acknowledgements and downlinks say nothing that was measured.
    if (!isObject(uplink)) return NOTHING
    const id = ids['device_id']
    const device = nameOf(typeof id === 'string' ? id : typeof ids['dev_eui'] === 'string' ? ids['dev_eui'] : 'device')
    const decoded = uplink['decoded_payload']
    const found =
      isObject(decoded) && Object.keys(decoded).length > 0
        ? readMembers(decoded, { above: [device], units: sureUnits })
        : readNormalized(uplink['normalized_payload'], device, now)
    const best = bestOf(uplink['rx_metadata'])
    const radio = ['rssi', 'snr'].flatMap((name): Reading[] => {
      const value = best?.[name]
      return typeof value === 'number' ? [{ names: [device, name], value, units: UNITS.get(name) }] : []
    })
    // When the gateway heard it; the network's own reception is some tenths later.
    const heard = readMessageTime(uplink['received_at'] ?? json['received_at'], now)
    const payload = uplink['frm_payload']
    const isRaw = found.readings.length + (found.problems ?? []).length === 0 && typeof payload === 'string' && payload !== ''
    const problem = {
      names: [device],
      message: 'Its payload (frm_payload) is not decoded: give the device a payload formatter in the network.',
    }
    return {
      ...found,
      readings: [...found.readings, ...radio],
      problems: [...(found.problems ?? []), ...(isRaw ? [problem] : [])],
      ...heard,
    }
  },
}

/** What the network's own decoders say, where the device's say nothing: measurements, each perhaps with its time. */
function readNormalized(payload: unknown, device: string, now: Micros): Mapped {
  const all: unknown[] = Array.isArray(payload) ? payload : [payload]
  const read = all.filter(isObject).map(({ measured_at: at, ...members }) => {
    const { readings, problems = [] } = readMembers(members, {
      above: [device],
      units: (name) => NORMALIZED.get(name) ?? sureUnits(name),
    })
    const time = readMessageTime(at, now)
    return { readings: time && 'time' in time ? readings.map((one) => ({ ...one, time: time.time })) : readings, problems }
  })
  return { readings: read.flatMap(({ readings }) => readings), problems: read.flatMap(({ problems }) => problems) }
}

/** Of the gateways that heard it the one that heard it best. */
function bestOf(list: unknown): Readonly<Record<string, unknown>> | undefined {
  const all: unknown[] = Array.isArray(list) ? list : []
  return all.filter(isObject).sort((one, other) => Number(other['rssi'] ?? -999) - Number(one['rssi'] ?? -999))[0]
}
