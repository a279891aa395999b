/** Reads a message by the rules of a folder's `mapping.yaml`. */
import { isObject } from '../base/json.ts'
import { bareProblem, mapBare, readBare } from './bare-values.ts'
import type { MappingRule, MappingRules, ValueRule } from './mapping-file.ts'
import { readMembers, valueProblem } from './members.ts'
import { readMessageTime } from './message-time.ts'
import { nameOf, NOTHING, type Format, type Mapped, type Payload, type Problem, type Reading, type Surroundings } from './reading.ts'

/** @returns undefined when no rule fits, or the one that does leaves it to what would happen without a mapping */
export function readOwn(
  rules: MappingRules,
  formats: readonly Format[],
  topic: readonly string[],
  payload: Payload,
  surroundings: Surroundings,
): Mapped | undefined {
  for (const rule of rules) {
    const levels = rule.topic.match(topic)
    if (levels) return applyRule(rule, levels, formats, topic, payload, surroundings)
  }
  return undefined
}

function applyRule(
  rule: MappingRule,
  levels: ReadonlyMap<string, string>,
  formats: readonly Format[],
  topic: readonly string[],
  payload: Payload,
  surroundings: Surroundings,
): Mapped | undefined {
  if (rule.isDropped) return NOTHING
  const above = placeOf(rule, levels, topic)
  const { json } = payload
  if (rule.format !== undefined && rule.format !== 'plain') {
    const format = formats.find(({ name }) => name === rule.format)
    const usual = format?.usualTopic?.(topic)
    const known = format?.read(topic, payload, surroundings) ?? (usual && format?.read(usual, payload, surroundings))
    return known && limit(rule, known)
  }
  const timed = timeOf(rule, json, surroundings)
  if (rule.values) return { ...readValues(rule.values, above, payload), ...timed }
  if (!isObject(json) && !(Array.isArray(json) && rule.arrays)) return above.length === 0 ? undefined : mapBare(payload, above)
  const members = isObject(json) ? json : Object.fromEntries(json.map((value: unknown, at): [string, unknown] => [String(at), value]))
  const mapped = readMembers(members, {
    above,
    arrays: rule.arrays,
    drop: rule.drop,
    ...(rule.time === undefined ? { time: { now: surroundings.now } } : {}),
  })
  return { ...limit(rule, mapped), ...timed }
}

function placeOf({ to }: MappingRule, levels: ReadonlyMap<string, string>, topic: readonly string[]): string[] {
  if (to === undefined) return topic.map(nameOf)
  return to
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map((part) => nameOf(part.replaceAll(/\{(\w+)\}/g, (whole, name: string) => levels.get(name) ?? whole)))
}

function timeOf({ time }: MappingRule, json: unknown, { now }: Surroundings): { time?: number; doubt?: string } {
  if (time === undefined || time === 'server') return {}
  const value = memberAt(json, time)
  return readMessageTime(value, now) ?? { doubt: `${time.join('.')}, is ${value === undefined ? 'missing' : 'no time'}` }
}

/** Leaves what the rule keeps. */
function limit({ keep, drop }: MappingRule, mapped: Mapped): Mapped {
  const isLeft = (names: readonly string[]): boolean =>
    (keep === undefined || names.some((name) => keep.has(name))) && !names.some((name) => drop.has(name))
  return {
    ...mapped,
    readings: mapped.readings.filter(({ names }) => isLeft(names)),
    problems: (mapped.problems ?? []).filter(({ names }) => isLeft(names)),
  }
}

function readValues(values: readonly ValueRule[], above: readonly string[], payload: Payload): Mapped {
  const readings: Reading[] = []
  const problems: Problem[] = []
  for (const { names: own, at, units, scale, offset } of values) {
    const names = [...above, ...own]
    const value = at.length === 0 ? readBare(payload) : memberAt(payload.json, at)
    if (value === null || value === undefined) continue
    const problem = at.length === 0 ? bareProblem(payload, value) : valueProblem(value)
    if (problem !== undefined) {
      problems.push({ names, message: problem })
      continue
    }
    const isScaled = scale !== 1 || offset !== 0
    const plain = isScaled && typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof plain === 'number' && Number.isFinite(plain))
      readings.push({ names, value: isScaled ? Number((plain * scale + offset).toPrecision(15)) : plain, units })
    else if (!isScaled && (typeof plain === 'string' || typeof plain === 'boolean')) readings.push({ names, value: plain, units })
    else problems.push({ names, message: `${at.join('.')} is no single value that could be taken.` })
  }
  return { readings, problems }
}

function memberAt(json: unknown, path: readonly string[]): unknown {
  let at = json
  for (const name of path) {
    if (isObject(at)) at = Object.hasOwn(at, name) ? at[name] : undefined
    else if (Array.isArray(at)) at = at[Number(name)]
    else return undefined
  }
  return at
}
