/**
 * What a new sequence says of itself unless somebody wants something else: each value is stored, and all are kept. What clients make by
 * the API without saying so has the old defaults of protocol, section 4.
 */

/** More values than a sequence ever has: one a second for thirty years. */
export const ALL_VALUES = 1_000_000_000

export const KEEPS_ALL = { min_storage_interval: 0, max_history: ALL_VALUES } as const
