/** States that a text sequence tells, such as open and closed, as stretches of time. No DOM. */

/** Most states that a strip of colours can tell apart: more make a log. */
export const MAX_STATES = 12

export interface StateChange {
  /** Seconds since 1970. */
  readonly time: number
  readonly text: string
}

/** A state holds from its time until the next one. */
export interface StateStretch {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** @param changes in order of time @param end until when the last one holds */
export function stretchesOf(changes: readonly StateChange[], end: number): StateStretch[] {
  const stretches: StateStretch[] = []
  for (const { time, text } of changes) {
    const last = stretches.at(-1)
    if (last?.text === text || time > end) continue
    if (last) stretches[stretches.length - 1] = { ...last, to: time }
    stretches.push({ from: time, to: end, text })
  }
  return stretches
}

/** The parts of stretches that lie in a span, with where they begin and end in it, from 0 to 1. */
export function partsOf(
  stretches: readonly StateStretch[],
  span: { readonly from: number; readonly to: number },
): { readonly stretch: StateStretch; readonly left: number; readonly right: number }[] {
  const placeOf = (time: number): number => Math.min(Math.max((time - span.from) / (span.to - span.from), 0), 1)
  return stretches.flatMap((stretch) => {
    const [left, right] = [placeOf(stretch.from), placeOf(stretch.to)]
    return stretch.to < span.from || stretch.from > span.to ? [] : [{ stretch, left, right }]
  })
}

/** The different texts, each with its place: the same for the same set, in whatever order they come. */
export const statesOf = (changes: readonly StateChange[]): string[] => [...new Set(changes.map(({ text }) => text))].sort()
