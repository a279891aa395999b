/** Victron's Venus OS: `N/PORTAL/SERVICE/INSTANCE/PATH` with `{"value": 12.8}`; what was asked of it (`R/`, `W/`) is no reading. */
import { isObject } from '../../base/json.ts'
import { readMembers } from '../members.ts'
import { nameOf, NOTHING, type Format } from '../reading.ts'

const PORTAL = /^[0-9a-f]{6,16}$/i

export const victron: Format = {
  name: 'victron',
  usualTopic: (topic) => ['N', 'portal', ...topic],
  read(topic, { json, text }) {
    const at = topic.findIndex((level, place) => /^[NRW]$/.test(level) && PORTAL.test(topic[place + 1] ?? ''))
    const direct = topic[0] === 'N' && topic[1] === 'portal' ? 0 : at
    if (direct < 0) return undefined
    if (topic[direct] !== 'N') return text === '' || isObject(json) ? NOTHING : undefined
    if (!isObject(json) || !('value' in json)) return NOTHING
    const { value } = json
    // A list of nothing stands for what is not there.
    if (Array.isArray(value) && value.length === 0) return NOTHING
    const names = [...topic.slice(0, direct), ...topic.slice(direct + 1)].map(nameOf)
    const own = names.at(-1) ?? 'value'
    return readMembers({ [own]: value }, { above: names.slice(0, -1) })
  },
}
