/**
 * Parameters of a request: one flat set from the query and the body, checked against descriptions from which the OpenAPI document is
 * generated, too. Source of the rules: protocol, section 1.
 */
import { invalid } from '../../src/base/fault.ts'
import { parseJson, requireObject, requireShallow } from '../../src/base/json.ts'
import { quote } from '../../src/base/path.ts'
import { requireTimestamp, type Micros } from '../../src/base/time.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** Parameters as received, by name; values of query and forms are text, those of JSON bodies anything. */
export type ParameterSet = Readonly<Record<string, unknown>>

export interface Parameter<T> {
  readonly description: string
  readonly schema: JsonSchema
  /** Old names for the same parameter. */
  readonly aliases: readonly string[]
  readonly required: boolean
  /** `undefined` stands for a parameter that is missing. */
  parse(value: unknown, name: string): T
}

export type ParameterSpec = Readonly<Record<string, Parameter<unknown>>>
export type Parsed<S extends ParameterSpec> = { readonly [N in keyof S]: S[N] extends Parameter<infer T> ? T : never }

interface Options {
  aliases?: readonly string[]
}

/** @throws Fault invalid naming the parameter */
export function parseParameters<S extends ParameterSpec>(spec: S, set: ParameterSet): Parsed<S> {
  const parsed: Record<string, unknown> = {}
  for (const [name, parameter] of entriesOf(spec)) parsed[name] = parameter.parse(pick(set, name, parameter.aliases), name)
  return parsed as Parsed<S>
}

/** Names of what a request gave and its route knows nothing of, in order: a mistyped name must not pass in silence. */
export function unknownNames(spec: ParameterSpec, set: ParameterSet): string[] {
  const known = new Set([...Object.keys(spec), ...Object.values(spec).flatMap(({ aliases }) => aliases), ...EVERYWHERE])
  return Object.keys(set).filter((name) => !known.has(name))
}

/** What may go with any request: the session's token, and what old clients put behind an address against caches. */
const EVERYWHERE = ['csrf_token', '_csrf_token', '_']

/** Cache of each description's entries, which every request needs. */
const knownEntries = new WeakMap<ParameterSpec, [string, Parameter<unknown>][]>()

function entriesOf(spec: ParameterSpec): [string, Parameter<unknown>][] {
  let entries = knownEntries.get(spec)
  if (!entries) knownEntries.set(spec, (entries = Object.entries(spec)))
  return entries
}

function pick(set: ParameterSet, name: string, aliases: readonly string[]): unknown {
  const value = set[name]
  if (value !== undefined) return value
  for (const alias of aliases) if (set[alias] !== undefined) return set[alias]
  return undefined
}

/** The same parameter, but required. */
export function required<T>(parameter: Parameter<T | undefined>): Parameter<T> {
  return {
    ...parameter,
    required: true,
    parse: (value, name) => {
      const parsed = parameter.parse(value, name)
      if (parsed === undefined) throw invalid(`${name} is missing.`)
      return parsed
    },
  }
}

export function text(
  description: string,
  options: Options & { max?: number; choices?: readonly string[] } = {},
): Parameter<string | undefined> {
  const { max = 10_000, choices } = options
  return {
    description,
    schema: choices ? { type: 'string', enum: choices } : { type: 'string', maxLength: max },
    aliases: options.aliases ?? [],
    required: false,
    parse: (value, name) => {
      if (value === undefined) return undefined
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw invalid(`${name} must be text.`)
      const content = String(value)
      if (content.length > max) throw invalid(`${name} is longer than ${max} characters.`)
      if (choices && !choices.includes(content)) {
        if (content === '') return undefined
        throw invalid(`${name} is ${quote(content)}; allowed: ${choices.join(', ')}.`)
      }
      return content
    },
  }
}

/** True when present and not empty, whatever the value: old clients send `extended=0` and rely on it. In JSON, false is false. */
export function flag(description: string, options: Options = {}): Parameter<boolean> {
  return {
    description: `${description} (A flag: on when present and not empty.)`,
    schema: { type: 'string' },
    aliases: options.aliases ?? [],
    required: false,
    parse: (value) => value !== undefined && value !== '' && value !== null && value !== false,
  }
}

/** A boolean whose value counts: true, false, 1, 0, yes, no. */
export function truth(description: string, options: Options = {}): Parameter<boolean | undefined> {
  return {
    description,
    schema: { type: 'boolean' },
    aliases: options.aliases ?? [],
    required: false,
    parse: (value, name) => {
      if (value === undefined || value === '') return undefined
      const said = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value).toLowerCase() : ''
      if (['true', '1', 'yes', 'on'].includes(said)) return true
      if (['false', '0', 'no', 'off'].includes(said)) return false
      throw invalid(`${name} must be true or false, found ${show(value)}.`)
    },
  }
}

interface Bounds {
  min?: number
  max?: number
}

export function integer(description: string, options: Options & Bounds = {}): Parameter<number | undefined> {
  return numeric(description, options, {
    type: 'integer',
    word: 'a whole number',
    isFine: Number.isSafeInteger,
    limit: Number.MAX_SAFE_INTEGER,
  })
}

export function number(description: string, options: Options & Bounds = {}): Parameter<number | undefined> {
  return numeric(description, options, { type: 'number', word: 'a number', isFine: Number.isFinite, limit: Number.MAX_VALUE })
}

function numeric(
  description: string,
  options: Options & Bounds,
  kind: { type: string; word: string; isFine: (value: number) => boolean; limit: number },
): Parameter<number | undefined> {
  const { min = -kind.limit, max = kind.limit } = options
  return {
    description,
    schema: {
      type: kind.type,
      ...(options.min === undefined ? {} : { minimum: min }),
      ...(options.max === undefined ? {} : { maximum: max }),
    },
    aliases: options.aliases ?? [],
    required: false,
    parse: (value, name) => {
      if (value === undefined || value === '') return undefined
      const parsed = parseNumber(value)
      if (parsed === undefined || !kind.isFine(parsed)) throw invalid(`${name} must be ${kind.word}, found ${show(value)}.`)
      if (parsed < min || parsed > max) throw invalid(`${name} is ${parsed}; allowed: ${rangeText(options, kind.limit)}.`)
      return parsed
    },
  }
}

/** Bounds in words: one that no number can pass is not named. @param limit of the kind of number */
function rangeText({ min, max }: Bounds, limit: number): string {
  if (max === undefined) return `${min ?? -limit} or more`
  return min === undefined ? `${max} or less` : `${min} to ${max}`
}

/** Microseconds since 1970, from `2026-01-31T12:00:00.123456Z`. */
export function timestamp(description: string, options: Options = {}): Parameter<Micros | undefined> {
  return {
    description: `${description} UTC, such as 2026-01-31T12:00:00.123456Z.`,
    schema: { type: 'string', format: 'date-time' },
    aliases: options.aliases ?? [],
    required: false,
    parse: (value, name) => {
      if (value === undefined || value === '') return undefined
      if (typeof value !== 'string') throw invalid(`${name} must be a timestamp such as 2026-01-31T12:00:00Z, found ${show(value)}.`)
      return requireTimestamp(value, name)
    },
  }
}

/** JSON text of an object, or an object in a JSON body. */
export function object(description: string, options: Options = {}): Parameter<Record<string, unknown> | undefined> {
  return {
    description: `${description} JSON text of an object.`,
    schema: { type: 'object' },
    aliases: options.aliases ?? [],
    required: false,
    parse: (value, name) => (value === undefined || value === '' ? undefined : requireObject(value, name)),
  }
}

/** Any JSON, or its text. */
export function json(description: string, options: Options = {}): Parameter<unknown> {
  return {
    description: `${description} JSON, or its text.`,
    schema: {},
    aliases: options.aliases ?? [],
    required: false,
    parse: (value, name) => {
      if (value === undefined || value === '') return undefined
      if (typeof value === 'string') return parseJson(value, name)
      requireShallow(value, name)
      return value
    },
  }
}

/** Any value, unchanged; the handler checks it. */
export function anything(description: string, options: Options & { schema?: JsonSchema } = {}): Parameter<unknown> {
  return { description, schema: options.schema ?? {}, aliases: options.aliases ?? [], required: false, parse: (value) => value }
}

function parseNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !/^ *[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)? *$/.test(value)) return undefined
  const parsed = Number(value)
  return Number.isFinite(parsed) ? parsed : undefined
}

const show = (value: unknown): string => quote(typeof value === 'string' ? value : JSON.stringify(value))
