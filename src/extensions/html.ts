/** HTML from templates of extensions: whatever is put into them is escaped. */
import type { Html, HtmlValue } from './interface.ts'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

class MadeHtml implements Html {
  readonly html: string
  constructor(html: string) {
    this.html = html
  }
}

export function makeHtml(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let html = parts[0] ?? ''
  for (const [at, value] of values.entries()) html += textOf(value) + (parts[at + 1] ?? '')
  return new MadeHtml(html)
}

/** Whether it was made by {@link makeHtml}, so that what came from others is escaped in it. */
export const isHtml = (value: unknown): value is Html => value instanceof MadeHtml

const isList = (value: HtmlValue): value is readonly HtmlValue[] => Array.isArray(value)

function textOf(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return ''
  if (isHtml(value)) return value.html
  if (isList(value)) return value.map(textOf).join('')
  // An object that was not made here is no HTML, whatever it says.
  return (typeof value === 'object' ? '' : String(value)).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
}
