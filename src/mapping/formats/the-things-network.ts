/** The Things Network and The Things Stack, version 3: uplinks by MQTT (`v3/APP@TENANT/devices/DEVICE/up`) and by webhook. */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format, type Reading } from '../reading.ts'
import { sureUnits } from '../sure-units.ts'

const UNITS: ReadonlyMap<string, string> = new Map([
  ['rssi', 'dBm'],
  ['snr', 'dB'],
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
    const found = isObject(uplink['decoded_payload'])
      ? readMembers(uplink['decoded_payload'], { above: [device], units: sureUnits })
      : NOTHING
    const best = bestOf(uplink['rx_metadata'])
    const radio = ['rssi', 'snr'].flatMap((name): Reading[] => {
      const value = best?.[name]
      return typeof value === 'number' ? [{ names: [device, name], value, units: UNITS.get(name) }] : []
    })
    // When the gateway heard it; the network's own reception is some tenths later.
    const heard = readMessageTime(uplink['received_at'] ?? json['received_at'], now)
    return { ...found, readings: [...found.readings, ...radio], ...heard }
  },
}

/** Of the gateways that heard it the one that heard it best. */
function bestOf(list: unknown): Readonly<Record<string, unknown>> | undefined {
  const all: unknown[] = Array.isArray(list) ? list : []
  return all.filter(isObject).sort((one, other) => Number(other['rssi'] ?? -999) - Number(one['rssi'] ?? -999))[0]
}
