/** Parses JSON from outside with a limit on its depth, so that code behind the edge may recurse safely. */
import { invalid } from './fault.ts'
import { changesAsNumber } from './whole-numbers.ts'

/** Maximum number of arrays and objects inside one another. */
export const MAX_JSON_DEPTH = 32

/**
 * JSON.parse, but a whole number that a number of 64 bits would change comes out as the text of its digits: a text sequence keeps it, a
 * numeric one refuses it by name.
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!holdsLarge(value, 0)) return value
  const exact = quoteChanging(text)
  return exact === text ? value : JSON.parse(exact)
}

/** As {@link parseExactly}, with NaN and Infinity, as Python writes them, as text. @throws SyntaxError */
export const parseLoosely = (text: string): unknown => loosely(text, parseExactly)

function loosely(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text)
  } catch (error) {
    const quoted = quoteNonNumbers(text)
    if (quoted === text) throw error
    return parse(quoted)
  }
}

/** Whether there is a number beyond 2^53, as deep as anybody reads. */
function holdsLarge(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER
  if (typeof value !== 'object' || value === null || depth > MAX_JSON_DEPTH) return false
  if (Array.isArray(value)) return value.some((item) => holdsLarge(item, depth + 1))
  for (const name in value) if (holdsLarge((value as Record<string, unknown>)[name], depth + 1)) return true
  return false
}

/** Puts whole numbers that would change in quotes, outside of texts. It walks the text once. */
function quoteChanging(text: string): string {
  const pieces: string[] = []
  let from = 0
  const mark = /"|(?<![\w.+-])-?\d{16,}(?![\w.])/g
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const [token] = found
    if (token === '"') mark.lastIndex = endOfText(text, found.index)
    else if (changesAsNumber(token, Number(token))) {
      pieces.push(text.slice(from, found.index), `"${token}"`)
      from = mark.lastIndex
    }
  }
  return pieces.join('') + text.slice(from)
}

/** @throws Fault invalid naming the field, when the text is not JSON or nested too deeply */
export function parseJson(text: string, field: string): unknown {
  let value: unknown
  try {
    value = parseExactly(text)
  } catch (error) {
    throw invalid(`${field} is not JSON: ${jsonProblem(error)}.`)
  }
  requireShallow(value, field)
  return value
}

/**
 * As {@link parseJson}, for what holds values: Python writes a reading that failed as NaN, and infinity as Infinity, which JSON has not.
 * They come out as text, which no numeric sequence takes, so that one of them doesn't make all others unreadable.
 * @param numbers what whole numbers beyond 2^53 come out as: text where they would change, or rounded, for who refuses any of them
 * @throws Fault invalid naming the field
 */
export function parseValuesJson(text: string, field: string, numbers: 'exact' | 'rounded' = 'exact'): unknown {
  let value: unknown
  try {
    value = numbers === 'exact' ? parseLoosely(text) : loosely(text, JSON.parse)
  } catch (error) {
    throw invalid(`${field} is not JSON: ${jsonProblem(error)}.`)
  }
  requireShallow(value, field)
  return value
}

/**
 * Puts NaN, Infinity and -Infinity outside of texts in quotes; a text that is JSON comes back as it is. It walks the text once: a pattern
 * that begins anew at each quote takes hours for a few megabytes of quotes.
 */
export function quoteNonNumbers(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text
  const pieces: string[] = []
  let from = 0
  const mark = /["NI-]/g
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const at = found.index
    if (found[0] === '"') mark.lastIndex = endOfText(text, at)
    else {
      const word = NON_NUMBERS.find((one) => text.startsWith(one, at))
      if (word === undefined || /[\w.$-]/.test(text.charAt(at - 1)) || /[\w.$]/.test(text.charAt(at + word.length))) continue
      pieces.push(text.slice(from, at), `"${word}"`)
      mark.lastIndex = from = at + word.length
    }
  }
  return pieces.join('') + text.slice(from)
}

const NON_NUMBERS = ['NaN', 'Infinity', '-Infinity']

/** Where the text in quotes that begins at a position ends: after its closing quote, or at the end of all. */
function endOfText(text: string, start: number): number {
  const mark = /["\\]/g
  mark.lastIndex = start + 1
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === '"') return mark.lastIndex
    mark.lastIndex++
  }
  return text.length
}

/** JSON.parse's reason without the excerpt of the text, which may contain a password. */
export function jsonProblem(error: unknown): string {
  if (!(error instanceof Error)) return 'it can not be parsed'
  const excerpt = error.message.endsWith('is not valid JSON') ? error.message.search(/,? (?:\.\.\.)?"/) : -1
  return excerpt < 0 ? error.message : error.message.slice(0, excerpt)
}

/** @throws Fault invalid when arrays and objects are nested deeper than {@link MAX_JSON_DEPTH} */
export function requireShallow(value: unknown, field: string): void {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) throw invalid(`${field} is nested deeper than ${MAX_JSON_DEPTH} levels.`)
    const next: unknown[] = []
    for (const item of level) {
      if (typeof item === 'object' && item !== null)
        for (const child of Object.values(item)) if (typeof child === 'object' && child !== null) next.push(child)
    }
    level = next
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parses JSON text of an object, or checks an object that is part of a JSON body. @throws Fault invalid naming the field */
export function requireObject(value: unknown, field: string): Record<string, unknown> {
  const object = typeof value === 'string' ? parseJson(value, field) : value
  if (!isObject(object)) throw invalid(`${field} must be a JSON object.`)
  if (typeof value !== 'string') requireShallow(object, field)
  return object
}
