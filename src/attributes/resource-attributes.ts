/** Attributes of resources as clients give them: a sequence's own settings, and the free attributes of users. */
import { DURATION_FORMS, parseDuration } from '../base/duration.ts'
import { invalid } from '../base/fault.ts'
import { requireObject } from '../base/json.ts'
import { quote } from '../base/path.ts'
import { dataTypeNames, dataTypeNumber } from '../wire/resource-types.ts'
import { DAY, SECOND, type Micros } from '../base/time.ts'
import { defaultMaxHistory, defaultMinStorageInterval } from './sequence-spec.ts'

export type Attributes = Record<string, unknown>

/** Maximum length of the JSON text of attributes, of a view, or of a controller's status. */
export const MAX_ATTRIBUTES = 200_000

/** A shorter age is surely a mistake: values would be deleted as they arrive. */
const LEAST_AGE: Micros = SECOND
const MOST_AGE: Micros = 200 * 365 * DAY

/** Attributes of sequences that may also be given as plain parameters. */
export const sequenceAttributeNames = ['data_type', 'decimal_places', 'units', 'max_history', 'max_age', 'min_storage_interval'] as const

/**
 * The JSON text to store, from JSON text of an object or an object.
 * @throws Fault invalid naming the field
 */
export function attributesText(value: unknown, field: string): string {
  const text = JSON.stringify(requireObject(value, field))
  if (text.length > MAX_ATTRIBUTES) throw invalid(`${field} is longer than ${MAX_ATTRIBUTES} characters.`)
  return text
}

export const parseAttributes = (text: string): Attributes => JSON.parse(text) as Attributes

/**
 * Attributes of a new sequence: the given ones, checked, and the defaults of protocol, section 4.
 * @throws Fault invalid naming the attribute
 */
export function newSequenceAttributes(given: Attributes): Attributes {
  if (isMissing(given['data_type'])) throw invalid('data_type is missing: 1 numeric, 2 text, 3 image.')
  const { max_age: maxAge, ...attributes } = checkSequenceAttributes(given)
  const dataType = dataTypeNumber(attributes['data_type'])
  if (dataType === undefined) throw new Error('data_type was checked')
  return {
    max_history: defaultMaxHistory(dataType),
    min_storage_interval: defaultMinStorageInterval(dataType),
    ...attributes,
    ...(maxAge ? { max_age: maxAge } : {}),
  }
}

/**
 * Checks the attributes that are given and not empty; unknown names pass unchecked.
 * @throws Fault invalid naming the attribute
 */
export function checkSequenceAttributes(given: Attributes): Attributes {
  const checked: Attributes = {}
  for (const [name, value] of Object.entries(given)) if (!isMissing(value)) checked[name] = checkAttribute(name, value)
  return checked
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === ''

function checkAttribute(name: string, value: unknown): unknown {
  switch (name) {
    case 'data_type': {
      const dataType = dataTypeNumber(value)
      if (dataType === undefined)
        throw invalid(
          `data_type is ${show(value)}; allowed: ${Object.entries(dataTypeNames)
            .map(([number, typeName]) => `${number} ${typeName}`)
            .join(', ')}.`,
        )
      return dataType
    }
    case 'decimal_places':
      return requireNumber(value, name, { min: 0, max: 100, whole: true })
    case 'max_history':
      return requireNumber(value, name, { min: 1, max: 1e12, whole: true })
    case 'max_age':
      return checkMaxAge(value)
    case 'min_storage_interval':
      return requireNumber(value, name, { min: 0, max: 1e9, whole: false })
    case 'units':
      if (typeof value !== 'string' || value.length > 100)
        throw invalid(`units must be text of up to 100 characters, found ${show(value)}.`)
      return value
    default:
      return value
  }
}

/**
 * The system attribute `max_age` as it is stored: as it was given, or null for values that are kept for ever (0).
 * @throws Fault invalid
 */
function checkMaxAge(given: unknown): string | null {
  const text = typeof given === 'number' ? String(given) : typeof given === 'string' ? given.trim() : ''
  const age = parseDuration(text)
  if (age === undefined)
    throw invalid(`max_age is ${show(given)}, which is no duration. Write ${DURATION_FORMS}, or 0 to keep values for ever.`)
  if (age === 0) return null
  if (age < LEAST_AGE || age > MOST_AGE) throw invalid(`max_age is ${show(given)}; allowed: 1s to 200y, or 0 to keep values for ever.`)
  return text
}

function requireNumber(value: unknown, name: string, { min, max, whole }: { min: number; max: number; whole: boolean }): number {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^ *\+?\d+(?:\.\d*)? *$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isFinite(number) || number < min || number > max || (whole && !Number.isInteger(number)))
    throw invalid(`${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, found ${show(value)}.`)
  return number
}

const show = (value: unknown): string => quote(typeof value === 'string' ? value : JSON.stringify(value))
