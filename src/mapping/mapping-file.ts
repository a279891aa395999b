/** `mapping.yaml` of a folder: which topics go where, as people write it. Parsed whole, with the line of what is wrong. */
import { invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import type { YamlPath } from '../base/lined-yaml.ts'
import { quote } from '../base/path.ts'
import type { WrongPlace, YamlReader } from '../base/yaml-reader.ts'
import { compileTopic, type TopicPattern } from './topic-pattern.ts'

export const MAPPING_FILE = 'mapping.yaml'
export const MAX_MAPPING_BYTES = 100_000
const MAX_RULES = 500
const MAX_VALUES = 1_000

/** Where one value is. */
export interface ValueRule {
  /** Names below the rule's place. */
  readonly names: readonly string[]
  /** Members that lead to it, outermost first; lists by index. Empty: the payload itself. */
  readonly at: readonly string[]
  readonly units: string | undefined
  /** The value is multiplied by it, and then the offset is added. */
  readonly scale: number
  readonly offset: number
}

export interface MappingRule {
  readonly topic: TopicPattern
  /** Whether nothing of it is stored. */
  readonly isDropped: boolean
  /** Of a format that is known, whatever the topic looks like; `plain`: as it stands. */
  readonly format: string | undefined
  /** Path below the folder, with {names} of the topic's levels; undefined: the topic's own. */
  readonly to: string | undefined
  /** undefined: every member. */
  readonly values: readonly ValueRule[] | undefined
  /** Members at any depth that alone are taken, or left out. */
  readonly keep: ReadonlySet<string> | undefined
  readonly drop: ReadonlySet<string>
  /** Members that lead to the time; 'server': no member is the time; undefined: as without a rule. */
  readonly time: readonly string[] | 'server' | undefined
  readonly arrays: boolean
}

export type MappingRules = readonly MappingRule[]

const FIELDS: ReadonlySet<string> = new Set(['topic', 'format', 'to', 'values', 'time', 'keep', 'drop', 'arrays', 'note'])
const VALUE_FIELDS: ReadonlySet<string> = new Set(['at', 'units', 'scale', 'offset'])

/**
 * @param formats names of formats that a rule may name
 * @throws Fault invalid, with the line
 */
export async function parseMapping(yaml: YamlReader, text: string, formats: ReadonlySet<string>): Promise<MappingRules> {
  if (Buffer.byteLength(text) > MAX_MAPPING_BYTES) throw invalid(`${MAPPING_FILE} is larger than ${MAX_MAPPING_BYTES} bytes.`)
  return yaml.read(text, (content, wrong) => new Reader(content, wrong, formats).read())
}

class Reader {
  readonly #content: unknown
  readonly #wrong: WrongPlace
  readonly #formats: ReadonlySet<string>

  constructor(content: unknown, wrong: WrongPlace, formats: ReadonlySet<string>) {
    this.#content = content
    this.#wrong = wrong
    this.#formats = formats
  }

  read(): MappingRules {
    const content = this.#content
    if (content === null || content === undefined) return []
    const rules = isObject(content) ? content['rules'] : undefined
    if (!isObject(content) || !Array.isArray(rules)) throw this.#wrong([], 'the file must be a list of rules below "rules:"')
    for (const name of Object.keys(content)) if (name !== 'rules') throw this.#wrong([name], `${quote(name)} means nothing here`)
    if (rules.length > MAX_RULES) throw this.#wrong(['rules'], `there are more than ${MAX_RULES} rules`)
    return rules.map((rule: unknown, at) => this.#readRule(rule, ['rules', at]))
  }

  #readRule(rule: unknown, path: YamlPath): MappingRule {
    if (!isObject(rule)) throw this.#wrong(path, 'a rule must have a topic')
    for (const name of Object.keys(rule))
      if (!FIELDS.has(name)) throw this.#wrong([...path, name], `${quote(name)} means nothing in a rule; known: ${[...FIELDS].join(', ')}`)
    const topic = this.#text(rule, 'topic', path)
    if (topic === undefined) throw this.#wrong(path, 'a rule must have a topic')
    const format = this.#text(rule, 'format', path)
    if (format !== undefined && !this.#formats.has(format))
      throw this.#wrong([...path, 'format'], `there is no format ${quote(format)}; known: ${[...this.#formats].join(', ')}`)
    const { drop, keep, arrays = false, time } = rule
    if (typeof arrays !== 'boolean') throw this.#wrong([...path, 'arrays'], 'arrays must be true or false')
    return {
      topic: this.#at([...path, 'topic'], () => compileTopic(topic)),
      isDropped: drop === true,
      format,
      to: this.#text(rule, 'to', path),
      values: this.#readValues(rule['values'], [...path, 'values']),
      keep: keep === undefined || keep === true ? undefined : this.#names(keep, [...path, 'keep']),
      drop: drop === undefined || typeof drop === 'boolean' ? new Set() : this.#names(drop, [...path, 'drop']),
      time: time === undefined ? undefined : time === 'server' ? 'server' : splitMembers(this.#text(rule, 'time', path) ?? ''),
      arrays,
    }
  }

  #readValues(values: unknown, path: YamlPath): ValueRule[] | undefined {
    if (values === undefined) return undefined
    if (!isObject(values)) throw this.#wrong(path, 'values must name each value and say where it is, such as "temperature: main.temp"')
    const entries = Object.entries(values)
    if (entries.length > MAX_VALUES) throw this.#wrong(path, `there are more than ${MAX_VALUES} values`)
    return entries.map(([name, where]) => {
      const place = [...path, name]
      const names = name.split('/')
      if (names.includes('')) throw this.#wrong(place, `${quote(name)} is no name of a sequence`)
      if (typeof where === 'string') return { names, at: splitMembers(where), units: undefined, scale: 1, offset: 0 }
      if (!isObject(where)) throw this.#wrong(place, `${quote(name)} must say where its value is, such as "main.temp"`)
      for (const field of Object.keys(where))
        if (!VALUE_FIELDS.has(field))
          throw this.#wrong([...place, field], `${quote(field)} means nothing; known: ${[...VALUE_FIELDS].join(', ')}`)
      return {
        names,
        at: splitMembers(this.#text(where, 'at', place) ?? ''),
        units: this.#text(where, 'units', place),
        scale: this.#number(where, 'scale', place, 1),
        offset: this.#number(where, 'offset', place, 0),
      }
    })
  }

  #text(holder: Readonly<Record<string, unknown>>, field: string, path: YamlPath): string | undefined {
    const value = holder[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || value === '') throw this.#wrong([...path, field], `${field} must be text`)
    return value
  }

  #number(holder: Readonly<Record<string, unknown>>, field: string, path: YamlPath, otherwise: number): number {
    const value = holder[field] ?? otherwise
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#wrong([...path, field], `${field} must be a number`)
    return value
  }

  #names(value: unknown, path: YamlPath): ReadonlySet<string> {
    const names: unknown[] = Array.isArray(value) ? value : [value]
    if (!names.every((name): name is string => typeof name === 'string'))
      throw this.#wrong(path, `${String(path.at(-1))} must be true, or a list of members`)
    return new Set(names)
  }

  #at<T>(path: YamlPath, read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#wrong(path, error instanceof Error ? error.message.replace(/\.$/, '') : 'it can not be read')
    }
  }
}

/** `main.temps[0]` → main, temps, 0. */
export const splitMembers = (path: string): string[] =>
  path
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((part) => part !== '')
