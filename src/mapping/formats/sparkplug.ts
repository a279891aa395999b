/** Sparkplug B: births name the metrics, and later messages may call them by their aliases. Payloads are protocol buffers. */
import type { Type } from 'protobufjs'
import { isObject } from '../../base/json.ts'
import { formatTimestamp } from '../../base/time.ts'
import { changesAsNumber, whyChanged } from '../../base/whole-numbers.ts'
import { readMessageTime } from '../message-time.ts'
import { nameOf, NOTHING, type Format, type Problem, type Reading, type Surroundings } from '../reading.ts'
import { needsRebirth } from './sparkplug-births.ts'
import { encodeRebirth, loadPayloadType } from './sparkplug-payload.ts'

const BIRTHS = /^[ND]BIRTH$/
const DEATHS = /^[ND]DEATH$/
const DATETIME = 13
/** Templates in templates. */
const MAX_DEPTH = 4

interface Metric {
  readonly name: string
  readonly datatype: number
  readonly units: string | undefined
}

let payloadType: Type | undefined

export const sparkplug: Format = {
  name: 'sparkplug',
  prepare: (topic) => (payloadType || !topic.includes('spBv1.0') ? undefined : loadPayloadType().then((type) => (payloadType = type))),
  read(topic, { bytes }, surroundings) {
    const at = topic.indexOf('spBv1.0')
    if (at < 0) return undefined
    const [group, kind = '', node, device] = topic.slice(at + 1)
    if (group === undefined || node === undefined || !/^[ND](?:BIRTH|DATA|DEATH)$/.test(kind)) return NOTHING
    const above = [group, node, ...(device === undefined ? [] : [device])].map(nameOf)
    if (DEATHS.test(kind)) return { readings: [{ names: [...above, 'online'], value: false }] }
    let payload: unknown
    try {
      payload = payloadType?.toObject(payloadType.decode(bytes), { longs: String })
    } catch (error) {
      return {
        readings: [],
        problems: [{ names: above, message: `The payload is no Sparkplug B: ${error instanceof Error ? error.message : ''}.` }],
      }
    }
    const metrics: unknown[] = isObject(payload) && Array.isArray(payload['metrics']) ? payload['metrics'] : []
    const time = isObject(payload) ? payload['timestamp'] : undefined
    // Aliases are unique within a node with all of its devices.
    const mapped = readMetrics(above, `births of ${group}/${node}`, metrics.filter(isObject), surroundings)
    const online: Reading[] = BIRTHS.test(kind) ? [{ names: [...above, 'online'], value: true }] : []
    const { now, memory } = surroundings
    const number = isObject(payload) && payload['seq'] !== undefined ? Number(payload['seq']) : undefined
    const isAsked = needsRebirth(memory, `${group}/${node}`, { kind, seq: number, isLost: mapped.isLost, now })
    const asks =
      isAsked && payloadType
        ? { topic: [...topic.slice(0, at + 2), 'NCMD', node], payload: encodeRebirth(payloadType, Math.floor(now / 1000)) }
        : undefined
    return {
      readings: [...online, ...mapped.readings],
      problems: mapped.problems,
      ...readMessageTime(Number(time), now),
      ...(asks ? { asks } : {}),
    }
  },
}

function readMetrics(
  above: readonly string[],
  key: string,
  metrics: readonly Readonly<Record<string, unknown>>[],
  surroundings: Surroundings,
  depth = 0,
): { readings: Reading[]; problems: Problem[]; isLost: boolean } {
  const { now, memory } = surroundings
  const known = memory.get(key)
  const aliases = known instanceof Map ? (known as Map<string, Metric>) : new Map<string, Metric>()
  const readings: Reading[] = []
  const problems: Problem[] = []
  let isLost = false
  for (const metric of metrics) {
    const alias = typeof metric['alias'] === 'string' ? metric['alias'] : undefined
    const born = alias === undefined ? undefined : aliases.get(alias)
    const name = typeof metric['name'] === 'string' && metric['name'] !== '' ? metric['name'] : born?.name
    if (name === undefined) {
      const message = `The metric has the alias ${alias ?? 'none'} and no name: the server has heard no birth of it since it started.`
      problems.push({ names: [...above, `alias ${alias ?? ''}`], message: `${message} The node is asked for a rebirth.` })
      isLost = true
      continue
    }
    const datatype = Number(metric['datatype'] ?? born?.datatype ?? 0)
    const units = unitsOf(metric['properties']) ?? born?.units
    if (alias !== undefined && typeof metric['name'] === 'string' && aliases.size < 100_000) aliases.set(alias, { name, datatype, units })
    if (name === 'bdSeq' || name.startsWith('Node Control/') || name.startsWith('Device Control/') || metric['isNull'] === true) continue
    const names = [...above, ...name.split('/').map(nameOf)]
    const template = metric['templateValue']
    if (isObject(template)) {
      // A definition says what instances have; an instance has metrics with names of their own.
      if (template['isDefinition'] === true || depth >= MAX_DEPTH || !Array.isArray(template['metrics'])) continue
      const inner: unknown[] = template['metrics']
      const found = readMetrics(names, `${key}/${name}`, inner.filter(isObject), surroundings, depth + 1)
      readings.push(...found.readings)
      problems.push(...found.problems)
      isLost ||= found.isLost
      continue
    }
    const value = valueOf(metric, datatype)
    const time = metric['timestamp'] === undefined ? undefined : readMessageTime(Number(metric['timestamp']), now)
    if (value === undefined) problems.push({ names, message: 'It is a list, a table or bytes: only single values are stored.' })
    else if (typeof value === 'bigint') problems.push({ names, message: `${value} ${whyChanged(Number(value))}.` })
    else readings.push({ names, value, units, ...time })
  }
  memory.set(key, aliases)
  return { readings, problems, isLost }
}

/** Integers come as what they are without a sign, and their type says how many bits they have. A bigint is one that no number can be. */
function valueOf(metric: Readonly<Record<string, unknown>>, datatype: number): number | bigint | string | boolean | undefined {
  const { intValue, longValue, floatValue, doubleValue, booleanValue, stringValue } = metric
  if (typeof intValue === 'number') {
    const bits = 8 << (datatype - 1)
    return datatype >= 1 && datatype <= 3 ? Number(BigInt.asIntN(bits, BigInt(intValue))) : intValue
  }
  if (typeof longValue === 'string') {
    const long = datatype === 4 ? BigInt.asIntN(64, BigInt(longValue)) : BigInt(longValue)
    if (datatype === DATETIME) return formatTimestamp(Number(long) * 1000)
    return changesAsNumber(String(long), Number(long)) ? long : Number(long)
  }
  // The nearest number that prints as the device's own of 32 bits does.
  if (typeof floatValue === 'number') return Number.isFinite(floatValue) ? Number(floatValue.toPrecision(7)) : floatValue
  const plain = doubleValue ?? booleanValue ?? stringValue
  return typeof plain === 'number' || typeof plain === 'boolean' || typeof plain === 'string' ? plain : undefined
}

function unitsOf(properties: unknown): string | undefined {
  if (!isObject(properties) || !Array.isArray(properties['keys']) || !Array.isArray(properties['values'])) return undefined
  const at = properties['keys'].findIndex(
    (key: unknown) => typeof key === 'string' && /^(?:engUnits?|engineering ?units?|units?)$/i.test(key),
  )
  const value: unknown = properties['values'][at]
  const text = isObject(value) ? value['stringValue'] : undefined
  return typeof text === 'string' && text !== '' ? text : undefined
}
