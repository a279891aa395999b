/**
 * How large V8's heap of the server becomes. It takes what it finds on a computer with much memory; a small one is to have
 * some left for what runs beside. The options for it can't be given to a process that has begun, but these are read anew.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** What new objects may take up, in bytes: twice as much is hardly faster, half of it takes a tenth more time. */
const NEW_SPACE = 16 * 1024 * 1024
/** Of what is in use, how much may be added until unused memory is looked for; four times as much unless told. */
const GROWTH_PERCENT = 75

/**
 * Keeps the heap as it is while the program is loaded, whose objects stay for ever: an idle server needs no more. @returns lets it grow,
 * for work under load
 */
export function holdHeap(): () => void {
  const growBy = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  growBy(1)
  return () => {
    setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
    growBy(2)
    const sizeOf = (): number => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
    // The space grows in a collection, and an idle server's shrinks: so each one tells what the next may do.
    new PerformanceObserver(() => growBy(sizeOf() >= NEW_SPACE ? 1 : 2)).observe({ entryTypes: ['gc'] })
  }
}
