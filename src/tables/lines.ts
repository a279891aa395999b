/** Cuts text into the lines of its file. */
import { decodeText, type ByteFacts, type TableSource } from './encoding.ts'

export interface LineBatch {
  /** Number of the first line in the file, from 1. */
  readonly first: number
  /** Without their ends. */
  readonly lines: readonly string[]
  /** True for the batch whose last line the file ends without a line end. */
  readonly isCut: boolean
}

/** Longer lines are cut here, and then refused. */
export const MAX_LINE = 1_000_000

/** Yields all lines, in batches as they arrive. */
export async function* readLines(source: TableSource, { encoding, lineEnd }: ByteFacts): AsyncGenerator<LineBatch> {
  let rest = ''
  let first = 1
  for await (const chunk of decodeText(source, encoding)) {
    const text = rest + chunk
    const end = text.lastIndexOf(lineEnd)
    if (end < 0) {
      // Such as megabytes of zeros: enough is kept to know the line for what it is.
      rest = text.length > MAX_LINE ? text.slice(0, MAX_LINE + 1) : text
      continue
    }
    const lines = text.slice(0, end).split(lineEnd)
    rest = text.slice(end + 1)
    yield { first, lines: lineEnd === '\n' && text.includes('\r') ? lines.map(withoutReturn) : lines, isCut: false }
    first += lines.length
  }
  if (rest !== '') yield { first, lines: [withoutReturn(rest)], isCut: true }
}

const withoutReturn = (line: string): string => (line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line)
