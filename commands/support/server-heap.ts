/**
 * Limits the size of V8's heap in the server. V8 takes what it finds on a computer with much memory, but a small one needs some for other
 * programs. A running process can't be given the command-line options for it, but V8 reads these flags again.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Maximum size of the space for new objects, in bytes: twice as much is hardly faster, half of it takes a tenth more time. */
const NEW_SPACE = 16 * 1024 * 1024
/** The same while strangers crowd the server: it grows no further then. */
const NEW_SPACE_IN_CROWD = NEW_SPACE / 2
/** By how much the memory in use may grow, in percent, before unused memory is collected; V8's default is four times as much. */
const GROWTH_PERCENT = 75
/** The same in a crowd: what connections leave behind would fill all of it. */
const GROWTH_PERCENT_IN_CROWD = 25

export interface ServerHeap {
  /** Lets it grow, for work under load. */
  readonly letGrow: () => void
  /** Called when strangers crowd the server, and when they are few again. */
  readonly crowded: (isCrowded: boolean) => void
}

/** Keeps the heap at its size while the program is loaded, whose objects stay for ever: an idle server needs no more. */
export function holdHeap(): ServerHeap {
  let [mayGrow, isInCrowd] = [false, false]
  const growNewBy = (factor: number): void => setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  const growBy = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`)
  growNewBy(1)
  return {
    letGrow: () => {
      mayGrow = true
      growBy(GROWTH_PERCENT)
      growNewBy(2)
      const sizeOf = (): number => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
      // Collections grow the space, and shrink that of an idle server, so each one decides whether the next may grow it.
      new PerformanceObserver(() => growNewBy(sizeOf() >= (isInCrowd ? NEW_SPACE_IN_CROWD : NEW_SPACE) ? 1 : 2)).observe({
        entryTypes: ['gc'],
      })
    },
    crowded: (isCrowded) => {
      isInCrowd = isCrowded
      if (mayGrow) growBy(isCrowded ? GROWTH_PERCENT_IN_CROWD : GROWTH_PERCENT)
    },
  }
}
