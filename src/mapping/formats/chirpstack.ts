/** ChirpStack, versions 3 and 4: `application/ID/device/EUI/event/up`, and its HTTP integration (`?event=up`) with the same JSON. */
import { isObject, parseValuesJson } from '../../base/json.ts'
import { Fault } from '../../base/fault.ts'
import { readMembers } from '../members.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format, type Reading } from '../reading.ts'

export const chirpstack: Format = {
  name: 'chirpstack',
  read(topic, { json }, { now }) {
    const at = topic.indexOf('application')
    const isTopic = at >= 0 && topic[at + 2] === 'device'
    const event = isTopic ? (topic.at(-1) ?? '') : undefined
    if (!isObject(json)) return isTopic ? NOTHING : undefined
    const info = isObject(json['deviceInfo']) ? json['deviceInfo'] : json
    const eui = info['devEui'] ?? info['devEUI']
    if (!isTopic && (typeof eui !== 'string' || !('rxInfo' in json || 'fCnt' in json))) return undefined
    const name = typeof info['deviceName'] === 'string' && info['deviceName'] !== '' ? info['deviceName'] : eui
    const device = nameOf(typeof name === 'string' ? name : isTopic ? (topic[at + 3] ?? 'device') : 'device')
    if (event === 'status') return { readings: statusOf(device, json) }
    if (event !== undefined && event !== 'up' && event !== 'rx') return NOTHING
    const object = decodedOf(json) ?? besideEnvelope(json)
    const found = object ? readMembers(object, { above: [device] }) : NOTHING
    const heard = readMessageTime(json['time'] ?? json['publishedAt'], now)
    const isRaw = object === undefined && typeof json['data'] === 'string' && json['data'] !== ''
    const problem = { names: [device], message: 'Its payload (data) is not decoded: give the device a codec in the network.' }
    return {
      ...found,
      readings: [...found.readings, ...radioOf(device, json['rxInfo'])],
      problems: [...(found.problems ?? []), ...(isRaw ? [problem] : [])],
      ...heard,
    }
  },
}

/** What belongs to the network, and is no reading. */
const ENVELOPE: ReadonlySet<string> = new Set([
  ...['applicationID', 'applicationName', 'deviceName', 'devEUI', 'deviceProfileName', 'deviceProfileID', 'rxInfo', 'txInfo', 'adr', 'dr'],
  ...['fCnt', 'fPort', 'data', 'object', 'objectJSON', 'tags', 'confirmedUplink', 'devAddr', 'publishedAt', 'time', 'deviceInfo'],
  ...['deduplicationId', 'regionConfigId', 'gatewayTime', 'cellularIP', 'timestamp', 'cmd', 'seqno', 'adrAckReq'],
])

/** Gateways of Milesight and others put what was decoded beside the members of the network. */
function besideEnvelope(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const others = Object.entries(json).filter(([name]) => !ENVELOPE.has(name))
  return others.some(([, value]) => typeof value === 'number') ? Object.fromEntries(others) : undefined
}

/** Version 3 sends what was decoded as text in `objectJSON`, unless told otherwise. */
function decodedOf(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  if (isObject(json['object'])) return json['object']
  if (typeof json['objectJSON'] !== 'string' || json['objectJSON'] === '') return undefined
  try {
    const object = parseValuesJson(json['objectJSON'], 'objectJSON')
    return isObject(object) ? object : undefined
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

function radioOf(device: string, list: unknown): Reading[] {
  const all: unknown[] = Array.isArray(list) ? list : []
  const best = all.filter(isObject).sort((one, other) => Number(other['rssi'] ?? -999) - Number(one['rssi'] ?? -999))[0]
  const [rssi, snr] = [best?.['rssi'], best?.['snr'] ?? best?.['loRaSNR']]
  return [
    ...(typeof rssi === 'number' ? [{ names: [device, 'rssi'], value: rssi, units: 'dBm' }] : []),
    ...(typeof snr === 'number' ? [{ names: [device, 'snr'], value: snr, units: 'dB' }] : []),
  ]
}

function statusOf(device: string, json: Readonly<Record<string, unknown>>): Reading[] {
  const [battery, margin] = [json['batteryLevel'], json['margin']]
  return [
    ...(typeof battery === 'number' ? [{ names: [device, 'battery'], value: battery, units: '%' }] : []),
    ...(typeof margin === 'number' ? [{ names: [device, 'margin'], value: margin, units: 'dB' }] : []),
  ]
}
