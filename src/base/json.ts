/** Parses JSON from outside within bounds on how much it is, and on its depth, so that code behind the edge may recurse safely. */
import { invalid } from './fault.ts'
import { MAX_JSON_DEPTH, requireModestJson } from './json-bounds.ts'
import { changesAsNumber } from './whole-numbers.ts'

/**
 * JSON.parse, but a whole number that a number of 64 bits would change comes out as the text of its digits: a text sequence keeps it, a
 * numeric one refuses it by name.
 * @throws SyntaxError
 */
export function parseExactly(text: string): unknown {
  const value: unknown = JSON.parse(text)
  // A glance at the text costs a tenth of a walk through what it holds.
  if (!hasLongRun(text) || !holdsLarge(value, 0)) return value
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

/** Whether there are as many digits side by side as a whole number has that may change. One in so many places is looked at first. */
function hasLongRun(text: string): boolean {
  for (let at = LONG_NUMBER - 1; at < text.length; at += LONG_NUMBER) {
    if (!isDigit(text.charCodeAt(at))) continue
    let [from, end] = [at, at + 1]
    while (at - from < LONG_NUMBER && isDigit(text.charCodeAt(from - 1))) from--
    while (end - from < LONG_NUMBER && isDigit(text.charCodeAt(end))) end++
    if (end - from >= LONG_NUMBER) return true
  }
  return false
}

/** Puts whole numbers that would change in quotes, outside of texts. */
const quoteChanging = (text: string): string =>
  quoteOutside(text, (at, code) => {
    if ((code !== MINUS && !isDigit(code)) || isOfWord(text.charCodeAt(at - 1), true)) return at
    let end = at + 1
    while (isDigit(text.charCodeAt(end))) end++
    if (end - at < LONG_NUMBER || isOfWord(text.charCodeAt(end), false)) return at
    const token = text.slice(at, end)
    return changesAsNumber(token, Number(token)) ? end : at
  })

/** Digits, or digits and a sign, of numbers that may change. */
const LONG_NUMBER = 16

/** @throws Fault invalid naming the field, when the text is not JSON or nested too deeply; too_large for more than is parsed at once */
export function parseJson(text: string, field: string): unknown {
  requireModestJson(text, field)
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
 * @throws Fault invalid naming the field; too_large as {@link parseJson}
 */
export function parseValuesJson(text: string, field: string, numbers: 'exact' | 'rounded' = 'exact'): unknown {
  requireModestJson(text, field)
  let value: unknown
  try {
    value = numbers === 'exact' ? parseLoosely(text) : loosely(text, JSON.parse)
  } catch (error) {
    throw invalid(`${field} is not JSON: ${jsonProblem(error)}.`)
  }
  requireShallow(value, field)
  return value
}

/** Puts NaN, Infinity and -Infinity outside of texts in quotes; a text that is JSON comes back as it is. */
export function quoteNonNumbers(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text
  return quoteOutside(text, (at, code) => {
    if (code !== CAPITAL_N && code !== CAPITAL_I && code !== MINUS) return at
    const word = NON_NUMBERS.find((one) => text.startsWith(one, at))
    const isWhole = word !== undefined && !isOfWord(text.charCodeAt(at - 1), true) && !isOfWord(text.charCodeAt(at + word.length), false)
    return isWhole ? at + word.length : at
  })
}

/**
 * Puts something outside of texts in quotes. It walks the text once: a pattern that begins anew at each quote takes hours for a few
 * megabytes of quotes.
 * @param endOf where what begins at a position ends; the position itself: nothing that goes in quotes
 */
function quoteOutside(text: string, endOf: (at: number, code: number) => number): string {
  const pieces: string[] = []
  let [from, isInText] = [0, false]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (isInText) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) isInText = false
      continue
    }
    if (code === QUOTE) isInText = true
    const end = endOf(at, code)
    if (end === at) continue
    pieces.push(text.slice(from, at), `"${text.slice(at, end)}"`)
    from = end
    at = end - 1
  }
  return pieces.join('') + text.slice(from)
}

const NON_NUMBERS = ['NaN', 'Infinity', '-Infinity']
const [QUOTE, DOLLAR, PLUS, MINUS, DOT, UNDERSCORE, BACKSLASH, CAPITAL_N, CAPITAL_I] = [34, 36, 43, 45, 46, 95, 92, 78, 73]

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Whether a character makes one word of itself and what is beside it. @param isBefore whether it stands before that */
const isOfWord = (code: number, isBefore: boolean): boolean =>
  isDigit(code) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === UNDERSCORE ||
  code === DOT ||
  code === DOLLAR ||
  (isBefore && (code === MINUS || code === PLUS))

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
