/** Gateways of LoRaWAN as ChirpStack's bridge tells of them: `REGION/gateway/ID/event/stats`, `…/state/conn`. Frames are not theirs. */
import { isObject } from '../../base/json.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format, type Reading } from '../reading.ts'

const COUNTS = ['rxPacketsReceived', 'rxPacketsReceivedOk', 'txPacketsReceived', 'txPacketsEmitted']

export const lorawanGateway: Format = {
  name: 'lorawan-gateway',
  read(topic, { json }, { now }) {
    const at = topic.indexOf('gateway')
    const [id = '', kind, what] = topic.slice(at + 1)
    if (at < 0 || !/^[0-9a-f]{16}$/i.test(id) || !/^(?:event|command|state)$/.test(kind ?? '')) return undefined
    // What a device sent comes from the network, decoded and once.
    if (!isObject(json)) return NOTHING
    if (kind === 'state' && what === 'conn')
      return { readings: [{ names: [nameOf(id), 'online'], value: /^online$/i.test(String(json['state'])) }] }
    if (kind !== 'event' || what !== 'stats') return NOTHING
    const readings = COUNTS.flatMap((name): Reading[] => {
      const value = json[name]
      return typeof value === 'number' ? [{ names: [nameOf(id), name], value }] : []
    })
    return { readings, ...readMessageTime(json['time'], now) }
  },
}
