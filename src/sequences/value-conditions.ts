/** Conditions on values as people write them: `value > 95 and value <= 120`, `contains "error"`. */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Condition } from '../storage/sequence-store.ts'

/** Longest text of conditions, and most of them. */
export const MAX_WHERE = 2_000
const MAX_CONDITIONS = 20

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(<=|>=|==|!=|<|>|=)|([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|([A-Za-z_]+))/y
const NUMERIC_FORMS = 'value > 95, <=, >=, <, = or !=, several joined with "and"'
const TEXT_FORMS = 'contains "error", value = "off" or value != "off", several joined with "and"'

/** A piece of the text: `literal` for a text in quotes or a number. */
interface Token {
  readonly text: string
  readonly literal?: number | string
}

/**
 * What all must hold of a value. `value` before the comparison may be left out.
 * @param isText whether they are for texts, which may be in double or single quotes; otherwise for numbers
 * @throws Fault invalid naming the field, what is wrong, and what is understood
 */
export function parseConditions(text: string, isText: boolean, field = 'where'): Condition[] {
  const wrong = (what: string): Error => invalid(`${field} ${what} in ${quote(text)}. Write ${isText ? TEXT_FORMS : NUMERIC_FORMS}.`)
  if (text.length > MAX_WHERE) throw invalid(`${field} is longer than ${MAX_WHERE} characters.`)
  const tokens = readTokens(text, wrong)
  const conditions: Condition[] = []
  for (let at = 0; at < tokens.length || conditions.length === 0; ) {
    if (conditions.length > 0 && tokens[at++]?.text.toLowerCase() !== 'and')
      throw wrong(`needs "and" before ${quote(tokens[at - 1]?.text ?? '')}`)
    if (tokens[at]?.text.toLowerCase() === 'value') at++
    const is = operatorOf(tokens[at]?.text)
    if (is === undefined)
      throw wrong(at < tokens.length ? `has ${quote(tokens[at]?.text ?? '')} where a comparison is needed` : 'ends before a comparison')
    const value = tokens[at + 1]?.literal
    if (value === undefined) throw wrong(`has no ${isText ? 'text in quotes' : 'number'} after ${quote(is)}`)
    if (is === 'contains' && !isText) throw wrong('has "contains", which is for texts,')
    if (typeof value !== (isText ? 'string' : 'number'))
      throw wrong(
        isText
          ? `compares with the number ${value}: the values are texts, which stand in quotes,`
          : `compares with the text ${quote(String(value))}: the values are numbers,`,
      )
    if (conditions.push({ is, value }) > MAX_CONDITIONS) throw invalid(`${field} has more than ${MAX_CONDITIONS} conditions.`)
    at += 2
  }
  return conditions
}

function readTokens(text: string, wrong: (what: string) => Error): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw wrong(`has ${quote(text.slice(at).trim().slice(0, 20))}, which is not understood,`)
    const [whole, quoted, , number] = match
    const literal =
      quoted === undefined ? (number === undefined ? undefined : Number(number)) : quoted.slice(1, -1).replace(/\\(.)/gs, '$1')
    if (typeof literal === 'number' && !Number.isFinite(literal)) throw wrong(`has ${whole.trim()}, which is too large for a number,`)
    tokens.push(literal === undefined ? { text: whole.trim() } : { text: whole.trim(), literal })
  }
  return tokens
}

function operatorOf(text: string | undefined): Condition['is'] | undefined {
  const lower = text?.toLowerCase()
  if (lower === '==') return '='
  return lower === '<' || lower === '<=' || lower === '>' || lower === '>=' || lower === '=' || lower === '!=' || lower === 'contains'
    ? lower
    : undefined
}
