/**
 * Discovery of Home Assistant, by which devices describe themselves: `homeassistant/COMPONENT/…/config`. It holds no values; units and
 * kinds that it names are remembered for the topics that it names.
 */
import { isObject } from '../../base/json.ts'
import type { Memory } from '../memory.ts'
import { NOTHING, type Format, type Mapped, type Reading } from '../reading.ts'

/** What a device says of one value. */
interface Described {
  /** Members that lead to it in the payload, outermost first; empty: the payload is the value. */
  readonly path: readonly string[]
  readonly units: string | undefined
  readonly label: string | undefined
  readonly deviceClass: string | undefined
}

export const homeAssistant: Format = {
  name: 'home-assistant',
  read(topic, { json }, { memory }) {
    if (topic.at(-1) !== 'config' || topic.length < 3 || !isDiscovery(topic, json)) return undefined
    if (!isObject(json)) return NOTHING
    // Devices may describe all of their parts in one message.
    const parts = isObject(json['components'] ?? json['cmps']) ? Object.values((json['components'] ?? json['cmps']) as object) : [json]
    for (const part of parts) if (isObject(part)) remember(memory, { ...json, ...part })
    return NOTHING
  },
}

const isDiscovery = (topic: readonly string[], json: unknown): boolean =>
  topic.includes('homeassistant') ||
  (isObject(json) && ('state_topic' in json || 'stat_t' in json || 'unique_id' in json || 'uniq_id' in json))

function remember(memory: Memory, config: Readonly<Record<string, unknown>>): void {
  const text = (...names: string[]): string | undefined => {
    const value = names.map((name) => config[name]).find((one) => typeof one === 'string')
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const state = text('state_topic', 'stat_t')
  if (state === undefined) return
  const base = text('~') ?? ''
  const topic = state.startsWith('~') ? base + state.slice(1) : state.endsWith('~') ? state.slice(0, -1) + base : state
  const described: Described = {
    path: pathOf(text('value_template', 'val_tpl')),
    units: text('unit_of_measurement', 'unit_of_meas'),
    label: text('name'),
    deviceClass: text('device_class', 'dev_cla'),
  }
  const key = keyOf(topic)
  const others = listOf(memory.get(key)).filter(({ path }) => path.join('/') !== described.path.join('/'))
  memory.set(key, [...others.slice(-99), described])
}

/** Of `{{ value_json.AM2301.Temperature | round(1) }}` and `value_json['rel hum']`: the members. */
function pathOf(template = ''): string[] {
  const found = /value_json((?:\.\w+|\[\s*(?:'[^']*'|"[^"]*")\s*\])+)/.exec(template)?.[1] ?? ''
  return [...found.matchAll(/\.(\w+)|\[\s*(?:'([^']*)'|"([^"]*)")\s*\]/g)].map(
    ([, dotted, single, double]) => dotted ?? single ?? double ?? '',
  )
}

const keyOf = (topic: string): string => `described ${topic}`
const listOf = (value: unknown): readonly Described[] => (Array.isArray(value) ? (value as readonly Described[]) : [])

/** Adds what its device has said of each value. @param topics by which the device may have named the topic */
export function describe(mapped: Mapped, memory: Memory, topics: readonly string[]): Mapped {
  const all = topics.flatMap((topic) => listOf(memory.get(keyOf(topic))))
  if (all.length === 0) return mapped
  const readings = mapped.readings.map((reading): Reading => {
    const said = all.find(({ path }) => (path.length === 0 ? mapped.readings.length === 1 : endsWith(reading.names, path)))
    return said ? { ...reading, units: said.units ?? reading.units, label: said.label, deviceClass: said.deviceClass } : reading
  })
  return { ...mapped, readings }
}

const endsWith = (names: readonly string[], path: readonly string[]): boolean =>
  path.every((part, at) => names[names.length - path.length + at] === part)
