/**
 * What JSON from outside may hold, counted before it is parsed: parsing happens at one stretch, and names that are all different or lists
 * of hundreds of thousands of items hold the event loop for as long as they are many. A long text costs little, however long it is.
 */
import { Fault, invalid } from './fault.ts'

/** Maximum number of arrays and objects inside one another. */
export const MAX_JSON_DEPTH = 32
/** As many are parsed, in no time, so that whoever knows what is meant can name what is nested too deeply. */
const MAX_PARSED_DEPTH = 1_000
/** Of a name in a message, in characters. */
const MAX_SHOWN = 60
/** Names of members, of all objects together. */
export const MAX_JSON_NAMES = 20_000
/** Members, and elements of lists, together. */
export const MAX_JSON_ITEMS = 200_000
/** Escapes in texts. */
const MAX_ESCAPES = 1_000_000
/** Characters outside of texts, such as blanks and digits. */
const MAX_OUTSIDE = 8_000_000
/** Texts of up to so many characters are within all bounds but the one on depth, and parsed in a millisecond or two. */
const SHORT = 10_000

const [QUOTE, COMMA, COLON] = [34, 44, 58]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125]

/** Counts the characters outside of texts, and the marks inside of them, that are looked at, for tests. */
export interface JsonSteps {
  looks: number
}

/**
 * Looks at a text no further than its first value, and no further than it is within the bounds. Whether it is JSON is not its business.
 * How deep it is nested is to be looked at once more when it is parsed, where that can be told of the right member.
 * @throws Fault invalid when it is nested deeper than anything that is meant; too_large naming the field and the bound
 */
export function requireModestJson(text: string, field: string, steps?: JsonSteps): void {
  if (text.length <= SHORT) return
  let [names, items, depth, outside, colon] = [0, 0, 0, 0, -1]
  const texts = new Texts(text, field)
  let at = text.search(/[^ \t\r\n]/)
  do {
    if (++outside > MAX_OUTSIDE) throw tooMuch(field, MAX_OUTSIDE, 'characters outside of texts')
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = texts.endOf(at)
        break
      case COMMA:
        items++
        break
      case COLON:
        if (++names > MAX_JSON_NAMES) throw tooMuch(field, MAX_JSON_NAMES, 'names of members')
        colon = at
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        items++
        if (++depth > MAX_PARSED_DEPTH) throw tooDeep(memberBefore(text, colon) ?? field)
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--
        break
    }
    if (items > MAX_JSON_ITEMS) throw tooMuch(field, MAX_JSON_ITEMS, 'members and elements')
    // Behind its first value nothing is read as JSON.
  } while (depth > 0 && ++at < text.length)
  if (steps) steps.looks += outside + texts.looks
}

/** The ends of JSON's texts in quotes; each quote and each backslash is searched for once, by the engine's own fast search. */
export class Texts {
  readonly #text: string
  readonly #field: string
  /** The next backslash; the length where there is none. */
  #backslash = -1
  #escapes = 0
  looks = 0

  constructor(text: string, field: string) {
    this.#text = text
    this.#field = field
  }

  /** The position of the quote that closes a text; the length of all where none does. @param start of the quote that opens it */
  endOf(start: number): number {
    let [at, quote] = [start + 1, -1]
    for (;;) {
      this.looks++
      if (quote < at) quote = find(this.#text, '"', at)
      if (this.#backslash < at) this.#backslash = find(this.#text, '\\', at)
      if (quote <= this.#backslash) return quote
      if (++this.#escapes > MAX_ESCAPES) throw tooMuch(this.#field, MAX_ESCAPES, 'escapes in texts')
      // Over it, and what it escapes.
      at = this.#backslash + 2
    }
  }
}

const find = (text: string, part: string, from: number): number => {
  const found = text.indexOf(part, from)
  return found < 0 ? text.length : found
}

/** The name in front of a colon, where it is a plain one. */
const memberBefore = (text: string, colon: number): string | undefined =>
  colon < 0 ? undefined : /"([^"\\]{1,60})"\s{0,9}$/.exec(text.slice(Math.max(0, colon - MAX_SHOWN - 12), colon))?.[1]

const tooDeep = (field: string): Fault => invalid(`${field} is nested deeper than ${MAX_JSON_DEPTH} levels.`)

const tooMuch = (field: string, most: number, what: string): Fault =>
  new Fault('too_large', `${field} has more than ${most} ${what}, which is the most that is taken at once. Send it in several.`)
