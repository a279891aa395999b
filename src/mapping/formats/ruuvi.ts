/** RuuviTag: advertisements as Ruuvi Gateway publishes them (`ruuvi/GATEWAY/TAG` with `data` in hex), formats 3 and 5. */
import { isObject } from '../../base/json.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format, type Reading } from '../reading.ts'

/** Number of Ruuvi Innovations in manufacturer's data, the lower byte first, behind the type of the field. */
const MANUFACTURER = 'ff9904'

export const ruuvi: Format = {
  name: 'ruuvi',
  read(topic, { json }, { now }) {
    const isTopic = topic.includes('ruuvi')
    if (isTopic && /^(?:gw_status|gw_ip)$/.test(topic.at(-1) ?? '')) return NOTHING
    if (!isObject(json) || typeof json['data'] !== 'string' || !/^(?:[0-9a-f]{2})+$/i.test(json['data'])) return undefined
    const data = json['data'].toLowerCase()
    const at = data.indexOf(MANUFACTURER)
    if (at < 0) return undefined
    const bytes = Buffer.from(data.slice(at + MANUFACTURER.length), 'hex')
    const read =
      bytes[0] === 5 && bytes.length >= 24 ? readFormat5(bytes) : bytes[0] === 3 && bytes.length >= 14 ? readFormat3(bytes) : undefined
    const tag = nameOf((topic.at(-1) ?? 'tag').replaceAll(':', ''))
    const rssi = json['rssi']
    const all: (readonly [string, number | undefined, string | undefined])[] = [
      ...(read ?? []),
      ['rssi', typeof rssi === 'number' ? rssi : undefined, 'dBm'],
    ]
    const readings = all.flatMap(([name, value, units]): Reading[] => (value === undefined ? [] : [{ names: [tag, name], value, units }]))
    const message = `Its data have the format ${bytes[0] ?? 'of none'}; 3 and 5 are known.`
    return {
      readings,
      ...(read ? {} : { problems: [{ names: [tag, 'data'], message }] }),
      ...readMessageTime(json['ts'] ?? json['gwts'], now),
    }
  },
}

type Value = readonly [name: string, value: number | undefined, units: string | undefined]

/** Rounded to what the format carries, as sums of binary fractions show more. */
const scaled = (raw: number, factor: number, digits: number, missing: number, offset = 0): number | undefined =>
  raw === missing ? undefined : Number((raw * factor + offset).toFixed(digits))

function readFormat5(bytes: Buffer): Value[] {
  const power = bytes.readUInt16BE(13)
  return [
    ['temperature', scaled(bytes.readInt16BE(1), 0.005, 3, -32_768), '°C'],
    ['humidity', scaled(bytes.readUInt16BE(3), 0.0025, 4, 65_535), '%'],
    ['pressure', scaled(bytes.readUInt16BE(5), 0.01, 2, 65_535, 500), 'hPa'],
    ['acceleration_x', scaled(bytes.readInt16BE(7), 0.001, 3, -32_768), 'g'],
    ['acceleration_y', scaled(bytes.readInt16BE(9), 0.001, 3, -32_768), 'g'],
    ['acceleration_z', scaled(bytes.readInt16BE(11), 0.001, 3, -32_768), 'g'],
    ['battery', scaled(power >> 5, 0.001, 3, 2_047, 1.6), 'V'],
    ['tx_power', scaled(power & 31, 2, 0, 31, -40), 'dBm'],
    ['movement_counter', scaled(bytes.readUInt8(15), 1, 0, 255), undefined],
    ['measurement_sequence', scaled(bytes.readUInt16BE(16), 1, 0, 65_535), undefined],
  ]
}

function readFormat3(bytes: Buffer): Value[] {
  const whole = bytes.readUInt8(2)
  const temperature = ((whole & 0x7f) + bytes.readUInt8(3) / 100) * (whole & 0x80 ? -1 : 1)
  return [
    ['temperature', Number(temperature.toFixed(2)), '°C'],
    ['humidity', scaled(bytes.readUInt8(1), 0.5, 1, -1), '%'],
    ['pressure', scaled(bytes.readUInt16BE(4), 0.01, 2, -1, 500), 'hPa'],
    ['acceleration_x', scaled(bytes.readInt16BE(6), 0.001, 3, -32_769), 'g'],
    ['acceleration_y', scaled(bytes.readInt16BE(8), 0.001, 3, -32_769), 'g'],
    ['acceleration_z', scaled(bytes.readInt16BE(10), 0.001, 3, -32_769), 'g'],
    ['battery', scaled(bytes.readUInt16BE(12), 0.001, 3, -1), 'V'],
  ]
}
