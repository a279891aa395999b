/**
 * Merges two versions of the same text: changes in different places are both taken; where they overlap, both are kept and
 * marked. Written here because node-diff3 compares all equal lines with one another: a text of 5,000 lines, half of them
 * empty, takes it 20 s, and this 20 ms.
 */
import { diffArrays } from 'diff'

export interface Merged {
  readonly text: string
  /** Number of places where a person has to choose; 0 if the merge is complete. */
  readonly conflicts: number
}

/** Lines `[start, end)` of the base, and the lines that replace them. */
interface Change {
  readonly start: number
  readonly end: number
  readonly lines: readonly string[]
}

export function mergeTexts(base: string, mine: string, theirs: string): Merged {
  const lines = base.split('\n')
  const [ours, others] = [changesOf(lines, mine.split('\n')), changesOf(lines, theirs.split('\n'))]
  const merged: string[] = []
  let [conflicts, at, i, j] = [0, 0, 0, 0]
  while (i < ours.length || j < others.length) {
    const start = Math.min(ours[i]?.start ?? Infinity, others[j]?.start ?? Infinity)
    let end = start
    const [firstOurs, firstOthers] = [i, j]
    // Changes that touch one another are one place.
    for (let isGrown = true; isGrown; ) {
      isGrown = false
      for (let next = ours[i]; next && next.start <= end; next = ours[++i]) [end, isGrown] = [Math.max(end, next.end), true]
      for (let next = others[j]; next && next.start <= end; next = others[++j]) [end, isGrown] = [Math.max(end, next.end), true]
    }
    merged.push(...lines.slice(at, start))
    const ourLines = apply(lines, ours.slice(firstOurs, i), start, end)
    const otherLines = apply(lines, others.slice(firstOthers, j), start, end)
    if (firstOthers === j || isSame(ourLines, otherLines)) merged.push(...ourLines)
    else if (firstOurs === i) merged.push(...otherLines)
    else {
      conflicts++
      merged.push('<<<<<<< mine', ...ourLines, '=======', ...otherLines, '>>>>>>> theirs')
    }
    at = end
  }
  merged.push(...lines.slice(at))
  return { text: merged.join('\n'), conflicts }
}

function changesOf(base: string[], other: string[]): Change[] {
  const changes: Change[] = []
  let at = 0
  let open: { start: number; end: number; lines: string[] } | undefined
  for (const { added, removed, value } of diffArrays(base, other)) {
    if (!added && !removed) {
      if (open) changes.push(open)
      open = undefined
      at += value.length
      continue
    }
    open ??= { start: at, end: at, lines: [] }
    if (added) open.lines.push(...value)
    else open.end = at += value.length
  }
  if (open) changes.push(open)
  return changes
}

function apply(base: readonly string[], changes: readonly Change[], start: number, end: number): string[] {
  const made: string[] = []
  let at = start
  for (const change of changes) {
    made.push(...base.slice(at, change.start), ...change.lines)
    at = change.end
  }
  return [...made, ...base.slice(at, end)]
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((line, at) => line === b[at])
