/** Differences between two texts, line by line, with some lines around each change. */
import { structuredPatch } from 'diff'

export interface DifferenceLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
  /** Line numbers from 1; undefined on the side that does not have the line. */
  readonly before: number | undefined
  readonly after: number | undefined
}

export interface Difference {
  readonly added: number
  readonly removed: number
  /** Groups of lines; unchanged lines between them are left out. */
  readonly hunks: readonly (readonly DifferenceLine[])[]
}

/** Number of lines of context around a change. */
const CONTEXT = 3
/** In milliseconds. The server must answer others meanwhile, and texts that take longer differ too much for a comparison by lines. */
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

/** Maximum length of a line that is shown: an image as text is a single line. */
export const MAX_SHOWN_LINE = 2_000
