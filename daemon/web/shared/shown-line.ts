/** A line of a log as pages show it: the same on the server and in the browser. */

/** How many characters of a line are shown; the rest is fetched when needed. */
export const MAX_SHOWN_LINE = 2_000

export interface ShownLine {
  /** Microseconds since 1970, which is also the value's revision id. */
  readonly time: number
  /** At most {@link MAX_SHOWN_LINE} characters of it. */
  readonly text: string
  /** Number of characters of the whole value. */
  readonly length: number
}
