/** What a sequence's attributes say about storing its values, with the defaults of protocol, section 4. */
import { parseDuration } from '../base/duration.ts'
import { SECOND, type Micros } from '../base/time.ts'
import { NUMERIC, TEXT, dataTypeNumber, type DataType } from '../wire/resource-types.ts'

export interface SequenceSpec {
  readonly dataType: DataType
  /** Live values that are closer than this to the newest stored one are passed on but not stored. 0: all are stored. */
  readonly minStorageInterval: Micros
  /** Maximum number of values; older ones are removed first. */
  readonly maxHistory: number
  /** Older values are removed; undefined: values have no maximum age. */
  readonly maxAge: Micros | undefined
  readonly units: string | undefined
  readonly decimalPlaces: number | undefined
}

/** Maximum number of values of a sequence, and its minimum storage interval in seconds, when its attributes don't say. */
export const defaultMaxHistory = (dataType: DataType): number => (dataType === TEXT ? 10_000 : 100_000)
export const defaultMinStorageInterval = (dataType: DataType): number => (dataType === TEXT ? 0 : 50)

/** Reads the attributes of a stored sequence. Values that make no sense count as missing. */
export function readSequenceSpec(attributes: Readonly<Record<string, unknown>>): SequenceSpec {
  const dataType = dataTypeNumber(attributes['data_type']) ?? NUMERIC
  const number = (value: unknown, otherwise: number): number =>
    typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : otherwise
  const { decimal_places: decimalPlaces, max_age: maxAge } = attributes
  return {
    dataType,
    minStorageInterval: number(attributes['min_storage_interval'], defaultMinStorageInterval(dataType)) * SECOND,
    maxHistory: number(attributes['max_history'], defaultMaxHistory(dataType)),
    maxAge: parseDuration(typeof maxAge === 'string' ? maxAge : '') || undefined,
    units: typeof attributes['units'] === 'string' ? attributes['units'] : undefined,
    decimalPlaces: typeof decimalPlaces === 'number' ? decimalPlaces : undefined,
  }
}
