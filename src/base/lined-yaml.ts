/** YAML that people write, read so that what is wrong can be told with its line. */
import type { Node } from 'yaml'
import { invalid, type Fault } from './fault.ts'

/** Members that lead to a place in a document, outermost first; those of lists by index. */
export type YamlPath = readonly (string | number)[]

export interface LinedYaml {
  /** What it says, as plain values; undefined for an empty document. */
  readonly content: unknown
  /** The line, from 1, of a place, or of the nearest one above it that is there. */
  lineOf: (path: YamlPath) => number
  /** What is wrong at a place, with its line. @param message without a full stop */
  wrong: (path: YamlPath, message: string) => Fault
}

/** Levels of maps and lists in each other. */
const MAX_DEPTH = 32
/** Things that the reader has open at once, for that: of each level some two. */
const MAX_OPEN = 2 * MAX_DEPTH + 4

/**
 * Refuses what is nested too deeply, before anything recurses into it: a stack that is used up can end the process, where V8 has to compile
 * a regular expression at that moment, and nothing can catch that.
 * @throws Fault invalid, with the line
 */
export async function requireShallow(text: string): Promise<void> {
  const { Lexer, Parser } = await import('yaml')
  const parser = new Parser()
  let line = 1
  for (const lexeme of new Lexer().lex(text)) {
    // What it gives is made again by whoever goes on with the text.
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > MAX_OPEN) throw invalid(`line ${line}: it is nested deeper than ${MAX_DEPTH} levels.`)
    for (let end = lexeme.indexOf('\n'); end >= 0; end = lexeme.indexOf('\n', end + 1)) line++
  }
}

/** @throws Fault invalid, with the line */
export async function readLinedYaml(text: string): Promise<LinedYaml> {
  const { parseDocument, LineCounter } = await import('yaml')
  await requireShallow(text)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const [error] = document.errors
  if (error) throw invalid(`line ${lines.linePos(error.pos[0]).line}: ${withoutStop(error.message)}.`)
  const lineOf = (path: YamlPath): number => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? document.contents : (document.getIn(path.slice(0, depth), true) as Node | undefined)
      const start = node?.range?.[0]
      if (start !== undefined) return lines.linePos(start).line
    }
    return 1
  }
  const wrong = (path: YamlPath, message: string): Fault => invalid(`line ${lineOf(path)}: ${message}.`)
  try {
    return { content: document.toJS({ maxAliasCount: 50 }) as unknown, lineOf, wrong }
  } catch (error) {
    throw wrong([], error instanceof Error ? withoutStop(error.message) : 'it can not be read')
  }
}

const withoutStop = (message: string): string => message.trimEnd().replace(/\.$/, '')
