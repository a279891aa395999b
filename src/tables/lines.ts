/** Cuts text into the lines of its file. */
import { TextPieces } from '../base/text-pieces.ts'
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
  const rest = new TextPieces()
  let first = 1
  for await (const chunk of decodeText(source, encoding)) {
    const end = chunk.lastIndexOf(lineEnd)
    if (end < 0) {
      // Such as megabytes of zeros: enough is kept to know the line for what it is.
      if (rest.length <= MAX_LINE) rest.push(chunk.slice(0, MAX_LINE + 1))
      continue
    }
    const text = rest.take() + chunk.slice(0, end)
    rest.push(chunk.slice(end + 1))
    const lines = text.split(lineEnd)
    yield { first, lines: lineEnd === '\n' && text.includes('\r') ? lines.map(withoutReturn) : lines, isCut: false }
    first += lines.length
  }
  if (rest.length > 0) yield { first, lines: [withoutReturn(rest.take())], isCut: true }
}

const withoutReturn = (line: string): string => (line.charCodeAt(line.length - 1) === 13 ? line.slice(0, -1) : line)
