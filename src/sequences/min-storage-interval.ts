/** Where `min_storage_interval` is decided on: which live values are stored, and which are only shown to subscribers. */
import type { Micros } from '../base/time.ts'
import type { SequenceSpec } from '../attributes/sequence-spec.ts'

/**
 * Whether a value is stored. One older than the newest, from a controller that catches up after an outage, always is.
 * @param newestTime of the newest value that is stored or waits to be; -Infinity when there is none
 */
export const isDue = ({ minStorageInterval }: SequenceSpec, newestTime: Micros, time: Micros): boolean =>
  minStorageInterval === 0 || time <= newestTime || time >= newestTime + minStorageInterval
