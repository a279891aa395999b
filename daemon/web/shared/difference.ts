/** What two texts differ in, line by line, with some lines around each change. */
import { structuredPatch } from 'diff'

export interface DifferenceLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
  /** Numbers from 1; undefined where the line is not. */
  readonly before: number | undefined
  readonly after: number | undefined
}

export interface Difference {
  readonly added: number
  readonly removed: number
  /** Stretches of lines, with what is the same in between left out. */
  readonly hunks: readonly (readonly DifferenceLine[])[]
}

/** Lines of context around a change. */
const CONTEXT = 3
/** A server answers others meanwhile; texts that take longer differ too much to be looked at line by line. */
const TIME_LIMIT = 500

/** undefined: they differ too much to be compared in time. */
export function findDifference(before: string, after: string): Difference | undefined {
  const patch = structuredPatch('', '', before, after, '', '', { context: CONTEXT, timeout: TIME_LIMIT, maxEditLength: 20_000 })
  if (!patch) return undefined
  let [added, removed] = [0, 0]
  const hunks = patch.hunks.map((hunk) => {
    let [old, fresh] = [hunk.oldStart, hunk.newStart]
    return hunk.lines.flatMap((line): DifferenceLine[] => {
      const text = line.slice(1)
      if (line.startsWith('\\')) return []
      if (line.startsWith('+')) {
        added++
        return [{ kind: 'added', text, before: undefined, after: fresh++ }]
      }
      if (line.startsWith('-')) {
        removed++
        return [{ kind: 'removed', text, before: old++, after: undefined }]
      }
      return [{ kind: 'same', text, before: old++, after: fresh++ }]
    })
  })
  return { added, removed, hunks }
}

/** Longest part of a line that is shown: a picture as text is one line. */
export const MAX_SHOWN_LINE = 2_000
