/** A line of a log as pages show it: the same on the server and in the browser. */

/** Characters of a line that are shown; the rest is fetched when somebody wants it. */
export const MAX_SHOWN_LINE = 2_000

export interface ShownLine {
  /** Microseconds since 1970, which is the value's revision id too. */
  readonly time: number
  /** At most {@link MAX_SHOWN_LINE} characters of it. */
  readonly text: string
  /** Characters of the whole value. */
  readonly length: number
}
