/** Elements of a JSON array that can't be parsed as a whole: which of them is broken. */

import { Texts } from '../../src/base/json-bounds.ts'

const [QUOTE, COMMA] = [34, 44]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125]

/**
 * Splits the inside of an array between its elements, without reading them. Each character outside of texts is looked at once.
 * @returns undefined where something else than one object stands between the commas, so that nobody knows where an element ends
 * @throws Fault too_large when there are too many escapes in texts
 */
export function splitElements(text: string): string[] | undefined {
  const elements: string[] = []
  const texts = new Texts(text, 'The body')
  let [depth, start, isThere] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (depth > 0) {
      if (code === QUOTE) at = texts.endOf(at)
      else if (code === OPEN_BRACKET || code === OPEN_BRACE) depth++
      else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
      // Closed by something else than it was opened with.
      if (depth === 0 && code !== CLOSE_BRACE) return undefined
    } else if (code === OPEN_BRACE && !isThere) [depth, isThere] = [1, true]
    else if (code === COMMA && isThere) {
      elements.push(text.slice(start, at).trim())
      ;[start, isThere] = [at + 1, false]
    } else if (!isBlank(code)) return undefined
  }
  if (depth > 0 || !isThere) return undefined
  elements.push(text.slice(start).trim())
  return elements
}

const isBlank = (code: number): boolean => code === 32 || String.fromCharCode(code).trim() === ''
