/** Elements of a JSON array that can't be parsed as a whole: which of them is broken. */

const [QUOTE, BACKSLASH, COMMA] = [34, 92, 44]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [91, 93, 123, 125]

/**
 * Splits the inside of an array between its elements, without reading them.
 * @returns undefined where something else than an object stands between the commas, so that nobody knows where an element ends
 */
export function splitElements(text: string): string[] | undefined {
  const elements: string[] = []
  let [depth, start, inText] = [0, 0, false]
  for (let at = 0; at <= text.length; at++) {
    const code = text.charCodeAt(at)
    if (inText) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inText = false
    } else if (code === QUOTE) inText = true
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) depth++
    else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--
    else if (at >= text.length || (code === COMMA && depth === 0)) {
      const element = text.slice(start, at).trim()
      if (!isOneObject(element)) return undefined
      elements.push(element)
      start = at + 1
    }
  }
  return inText ? undefined : elements
}

/** Whether braces stand around it, and do not close before its end. */
function isOneObject(element: string): boolean {
  if (!element.startsWith('{') || !element.endsWith('}')) return false
  let [depth, inText] = [0, false]
  for (let at = 0; at < element.length; at++) {
    const code = element.charCodeAt(at)
    if (inText) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inText = false
    } else if (code === QUOTE) inText = true
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) depth++
    else if ((code === CLOSE_BRACKET || code === CLOSE_BRACE) && --depth === 0 && at < element.length - 1) return false
  }
  return depth === 0
}
