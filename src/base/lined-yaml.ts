/** YAML that people write, read so that what is wrong can be told with its line. It takes long for long texts: see yaml-reader.ts. */
import type { Document, LineCounter, Node } from 'yaml'
import { invalid, type Fault } from './fault.ts'

/** Members that lead to a place in a document, outermost first; those of lists by index. */
export type YamlPath = readonly (string | number)[]

/** Levels of maps and lists in each other. */
const MAX_DEPTH = 32
/** Things that the reader has open at once, for that: of each level some two. */
const MAX_OPEN = 2 * MAX_DEPTH + 4
/** Members of maps and entries of lists, each as often as it is named. */
const MAX_MEMBERS = 20_000
/** Each is looked for from the beginning. */
const MAX_ALIASES = 1_000
const TOO_MANY = `there are more than ${MAX_MEMBERS} members and entries.`
const TOO_DEEP = `it is nested deeper than ${MAX_DEPTH} levels.`

/** Lexemes that begin or end a member or an entry. */
const PARTS: ReadonlySet<string> = new Set([':', '-', '?', ','])

interface Parsed {
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

/**
 * Refuses what is nested too deeply, before anything recurses into it: a stack that is used up can end the process, where V8 has to compile
 * a regular expression at that moment, and nothing can catch that. Also what can't be YAML at all, at its first mistake, and what has more
 * members than anybody writes.
 * @throws Fault invalid, with the line
 */
async function requireBounded(text: string): Promise<void> {
  const { Lexer, Parser } = await import('yaml')
  const parser = new Parser()
  let line = 1
  let parts = 0
  let aliases = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) if (token.type === 'error') throw invalid(`line ${line}: ${withoutStop(token.message)}.`)
    if (parser.stack.length > MAX_OPEN) throw invalid(`line ${line}: ${TOO_DEEP}`)
    // A member may have two of them, its colon and a comma.
    if (PARTS.has(lexeme) && ++parts > 2 * MAX_MEMBERS) throw invalid(`line ${line}: ${TOO_MANY}`)
    if (lexeme.startsWith('*') && ++aliases > MAX_ALIASES) throw invalid(`line ${line}: there are more than ${MAX_ALIASES} aliases.`)
    for (let end = lexeme.indexOf('\n'); end >= 0; end = lexeme.indexOf('\n', end + 1)) line++
  }
}

/** @throws Fault invalid, with the line */
export async function parseYaml(text: string): Promise<Parsed> {
  const { parseDocument, LineCounter } = await import('yaml')
  await requireBounded(text)
  const lines = new LineCounter()
  // The library compares each key of a map with all others.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' })
  const [error] = document.errors
  if (error) throw invalid(`line ${lines.linePos(error.pos[0]).line}: ${withoutStop(error.message)}.`)
  await requireDistinctKeys(document, lines)
  return { document, lines }
}

async function requireDistinctKeys(document: Document.Parsed, lines: LineCounter): Promise<void> {
  const { isScalar, visit } = await import('yaml')
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value) && key.value !== '<<')
          throw invalid(`line ${lines.linePos(key.range?.[0] ?? 0).line}: Map keys must be unique.`)
        seen.add(key.value)
      }
    },
  })
}

/** What a text says, as plain values; undefined for an empty one. @throws Fault invalid, with the line */
export async function contentOfYaml(text: string): Promise<unknown> {
  const { document } = await parseYaml(text)
  let content: unknown
  try {
    content = document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    throw invalid(`line 1: ${error instanceof Error ? withoutStop(error.message) : 'it can not be read'}.`)
  }
  requireFew(content)
  return content
}

/** The line, from 1, of a place of a text that can be read, or of the nearest one above it that is there. */
export async function lineOfYaml(text: string, path: YamlPath): Promise<number> {
  const { document, lines } = await parseYaml(text)
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : (document.getIn(path.slice(0, depth), true) as Node | undefined)
    const start = node?.range?.[0]
    if (start !== undefined) return lines.linePos(start).line
  }
  return 1
}

/** What is wrong at a place. @param message without a full stop */
export class WrongAt extends Error {
  readonly path: YamlPath
  constructor(path: YamlPath, message: string) {
    super(message)
    this.path = path
  }

  onLine(line: number): Fault {
    return invalid(`line ${line}: ${this.message}.`)
  }
}

/** What is named by an alias counts as often as those who go through it meet it, and as deeply. @throws Fault invalid */
function requireFew(content: unknown): void {
  let members = 0
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return
    if (depth > MAX_OPEN) throw invalid(`line 1: ${TOO_DEEP}`)
    for (const member of Object.values(value)) {
      if (++members > MAX_MEMBERS) throw invalid(`line 1: ${TOO_MANY}`)
      walk(member, depth + 1)
    }
  }
  walk(content, 0)
}

const withoutStop = (message: string): string => message.trimEnd().replace(/\.$/, '')
