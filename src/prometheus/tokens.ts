/** Cuts a query into words, numbers, texts and signs. Source: Prometheus, "Querying basics". */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { SECOND, type Micros } from '../base/time.ts'

export interface Token {
  readonly kind: 'word' | 'number' | 'text' | 'duration' | 'sign' | 'end'
  readonly text: string
}

const MAX_QUERY = 20_000
const FORMS = new RegExp(
  [
    String.raw`(?<space>\s+|#[^\n]*)`,
    String.raw`(?<duration>(?:\d+(?:ms|[smhdwy]))+(?![\w.]))`,
    String.raw`(?<number>(?:0[xX][\da-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.]))`,
    String.raw`(?<word>[A-Za-z_:][\w:]*)`,
    String.raw`(?<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\x60[^\x60]*\x60)`,
    String.raw`(?<sign>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){}\[\],@])`,
  ].join('|'),
  'uy',
)

/** @throws Fault invalid naming the place */
export function tokensOf(query: string): Token[] {
  if (query.length > MAX_QUERY) throw invalid(`The query is longer than ${MAX_QUERY} characters.`)
  const tokens: Token[] = []
  const forms = new RegExp(FORMS)
  while (forms.lastIndex < query.length) {
    const at = forms.lastIndex
    const found = forms.exec(query)
    if (!found?.groups) throw invalid(`The query is not understood from character ${at + 1}: ${quote(query.slice(at, at + 30))}.`)
    const [kind = '', text = ''] = Object.entries(found.groups).find(([, value]) => value !== undefined) ?? []
    if (kind === 'text') tokens.push({ kind, text: text.startsWith('`') ? text.slice(1, -1) : unescape(text.slice(1, -1)) })
    else if (kind === 'word' || kind === 'number' || kind === 'duration' || kind === 'sign') tokens.push({ kind, text })
  }
  return [...tokens, { kind: 'end', text: '' }]
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' }

function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/gsu, (_, byte?: string, unit?: string, one?: string) => {
    const code = byte ?? unit
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    return ESCAPES[one ?? ''] ?? one ?? ''
  })
}

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 }

/** `1h30m`; what `tokensOf` calls a duration. */
export function durationOf(text: string): Micros {
  let seconds = 0
  for (const [, count = '', unit = ''] of text.matchAll(/(?<!\d)(\d+)(ms|[smhdwy])/g)) seconds += Number(count) * (UNITS[unit] ?? 0)
  return Math.round(seconds * SECOND)
}
