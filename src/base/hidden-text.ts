/**
 * Characters that are not seen, although they act: they make two names look alike, turn the order in which a text is read, or drive a
 * terminal. Scripts of pages use this too.
 */

/** Control characters, what Unicode calls ignorable by default (bidi controls, zero-width characters, fillers, tags), and blanks. */
const CANDIDATES = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800\ufff9-\ufffb]/gu

/** Such characters belong to the spelling at these places: what stands before and after them decides. */
const SPELLINGS: readonly { character: RegExp; before: RegExp; after: RegExp }[] = [
  // Joins emoji to one.
  { character: /^\u200d$/, before: /\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?$/u, after: /^\p{Extended_Pictographic}/u },
  // Makes an emoji of a symbol.
  { character: /^\ufe0f$/, before: /(?!\p{Emoji_Presentation})\p{Extended_Pictographic}$/u, after: /^/ },
  { character: /^\ufe0f$/, before: /[0-9#*]$/, after: /^\u20e3/ },
  // Between letters that would join, and after the sign that joins Indic ones. Source: RFC 5892, appendix A.
  { character: /^\u200c$/, before: /[ئبتثجحخسشصضطظعغفقكلمنهيپچکگی]$/, after: /^(?=\p{Script=Arabic})\p{L}/u },
  { character: /^[\u200c\u200d]$/, before: /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]$/, after: /^\p{L}/u },
]
/** Code units that a spelling looks at before and after its character. */
const REACH = 4

/** The first character of a text that is not seen, as `U+202E`; undefined when all of it is. Line ends and tabs count as not seen. */
export function findHidden(text: string): string | undefined {
  for (const { 0: character, index } of text.matchAll(CANDIDATES))
    if (!isSpelling(text, index, character)) return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  return undefined
}

/** The text on one line, with what is not seen escaped as in JSON: `\u202e`, `\n`. */
export const escapeHidden = (text: string): string => replaceHidden(text, () => false)

/** As {@link escapeHidden}, but line ends (`\n` and `\r\n`) and tabs stay. JSON that is escaped so means the same. */
export const escapeHiddenInLines = (text: string): string =>
  replaceHidden(
    text,
    (character, index) => character === '\n' || character === '\t' || (character === '\r' && text.charCodeAt(index + 1) === 10),
  )

const replaceHidden = (text: string, stays: (character: string, index: number) => boolean): string =>
  text.replace(CANDIDATES, (character, index: number) =>
    stays(character, index) || isSpelling(text, index, character) ? character : escapeCharacter(character),
  )

function isSpelling(text: string, index: number, character: string): boolean {
  const end = index + character.length
  return SPELLINGS.some(
    ({ character: pattern, before, after }) =>
      pattern.test(character) && before.test(text.slice(Math.max(0, index - REACH), index)) && after.test(text.slice(end, end + REACH)),
  )
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const escapeCharacter = (character: string): string =>
  SHORT[character] ??
  Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
