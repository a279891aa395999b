/** Values that arrive while a chart is shown. */
import { convertShown } from '../../../../src/base/units.ts'
import { appendValue } from '../../shared/chart-points.ts'
import { GRACE, type Span } from '../../shared/chart-state.ts'
import type { ValueMessage } from '../live.ts'
import type { Line } from './chart-data.ts'

interface Taking {
  readonly lines: readonly Line[]
  /** While it is fixed, what lies outside of it is not shown. */
  readonly span: Span | undefined
  /** Seconds. */
  readonly now: number
  /** Whether a line is made of values, so that one more does not simply follow. */
  readonly isMade: (line: Line) => boolean
  /** The value is as the line shows it. */
  readonly onNewest: (line: Line, timestamp: string, value: number) => void
  readonly onShown: (line: Line, time: number, value: number) => void
}

/** Appends values to their lines. @returns whether any is shown, and whether the span must be fetched again to show it */
export function takeValues(values: readonly ValueMessage[], taking: Taking): { isShown: boolean; isLate: boolean } {
  const { lines, span, now } = taking
  let [isShown, isLate] = [false, false]
  for (const { name, timestamp, value } of values) {
    const line = lines.find(({ path }) => path === name)
    const stored = Number(value)
    if (!line || value === undefined || !Number.isFinite(stored)) continue
    const number = convertShown(line.conversion, stored)
    const time = Date.parse(timestamp) / 1000
    // What is to come hides nothing that is there.
    const isAhead = time > now + GRACE
    if (line.newest === undefined || (time >= line.newest && !isAhead)) {
      line.newest = time
      taking.onNewest(line, timestamp, number)
    }
    if (span && (time < span.from || time > span.to)) continue
    isShown = true
    taking.onShown(line, time, number)
    if (taking.isMade(line) || !appendValue(line.points, time, number)) isLate = true
  }
  return { isShown, isLate }
}
