/** Makes a tree of a query in the part of PromQL that is understood here, and names what is not. */
import { invalid, type Fault } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import type { Micros } from '../base/time.ts'
import {
  AGGREGATIONS,
  RANGE_FUNCTIONS,
  type Aggregation,
  type Expression,
  type RangeFunction,
  type Selector,
  type Sign,
} from './expression.ts'
import { NAME, type Matcher } from './series.ts'
import { durationOf, tokensOf, type Token } from './tokens.ts'

const MAX_DEPTH = 30
const MAX_PARTS = 100
const UNDERSTOOD =
  `Understood are selectors, numbers, + - * / with a number, ${RANGE_FUNCTIONS.join(', ')}, and ${AGGREGATIONS.join(', ')} ` +
  'with by or without.'

/** @throws Fault invalid saying what is not understood, and what is */
export const parseQuery = (query: string): Expression => new Parser(query).whole()

/** `rhizo_value{…}` alone, as `match[]` has it. @throws Fault invalid */
export function parseMatch(text: string): readonly Matcher[] {
  const found = parseQuery(text)
  if (found.kind !== 'selector' || found.range !== undefined) throw invalid(`match[] must be a selector, not ${quote(text)}.`)
  return found.matchers
}

/** Numbers that are words, in any case of letters. */
const NAMED: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['nan', Number.NaN],
])

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  #count = 0

  constructor(query: string) {
    this.#tokens = tokensOf(query)
  }

  whole(): Expression {
    if (this.#tokens.length === 1) throw invalid('The query is empty.')
    const found = this.#sum()
    if (this.#at < this.#tokens.length - 1) throw this.#refuse()
    return found
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' }
  }

  #take(): Token {
    const token = this.#next
    this.#at++
    return token
  }

  #takes(text: string): boolean {
    if (this.#next.text !== text || (this.#next.kind !== 'sign' && this.#next.kind !== 'word')) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw invalid(`The query has ${this.#shown()} where ${quote(text)} has to be.`)
  }

  #shown(): string {
    return this.#next.kind === 'end' ? 'its end' : quote(this.#next.text)
  }

  #refuse(): Fault {
    return invalid(`The query has ${this.#shown()}, which is not understood here. ${UNDERSTOOD}`)
  }

  #sum(): Expression {
    if (++this.#depth > MAX_DEPTH) throw invalid(`The query has more than ${MAX_DEPTH} parts in each other.`)
    const found = this.#chain(['+', '-'], () => this.#chain(['*', '/'], () => this.#signed()))
    this.#depth--
    return found
  }

  #chain(signs: readonly Sign[], part: () => Expression): Expression {
    let left = part()
    for (;;) {
      const sign = this.#next.kind === 'sign' ? signs.find((one) => one === this.#next.text) : undefined
      if (sign === undefined) return left
      this.#at++
      const right = part()
      if (!isScalar(left) && !isScalar(right))
        throw invalid(`${quote(sign)} between two sets of series is not understood here: one side has to be a number. ${UNDERSTOOD}`)
      left = { kind: 'arithmetic', sign, left, right }
    }
  }

  #signed(): Expression {
    if (this.#takes('+')) return this.#signed()
    if (this.#takes('-')) return { kind: 'arithmetic', sign: '*', left: { kind: 'number', value: -1 }, right: this.#single() }
    return this.#single()
  }

  #single(): Expression {
    if (++this.#count > MAX_PARTS) throw invalid(`The query has more than ${MAX_PARTS} parts.`)
    const { kind, text } = this.#next
    if (kind === 'number') {
      this.#at++
      return { kind: 'number', value: Number(text) }
    }
    const named = kind === 'word' ? NAMED.get(text.toLowerCase()) : undefined
    if (named !== undefined) {
      this.#at++
      return { kind: 'number', value: named }
    }
    if (this.#takes('(')) {
      const found = this.#sum()
      this.#expect(')')
      return found
    }
    if (kind === 'word' && (this.#tokens[this.#at + 1]?.text === '(' || this.#isGrouped())) return this.#call()
    if (kind === 'word' || (kind === 'sign' && text === '{')) return this.#selector()
    throw this.#refuse()
  }

  /** `sum by (…) (…)` */
  #isGrouped(): boolean {
    return AGGREGATIONS.some((name) => name === this.#next.text) && /^(?:by|without)$/.test(this.#tokens[this.#at + 1]?.text ?? '')
  }

  #call(): Expression {
    const { text } = this.#next
    const aggregation = AGGREGATIONS.find((name) => name === text)
    if (aggregation) return this.#aggregation(aggregation)
    const name = RANGE_FUNCTIONS.find((one) => one === text)
    if (!name) throw invalid(`The query has the function ${quote(text)}, which is not understood here. ${UNDERSTOOD}`)
    return this.#overTime(name)
  }

  #overTime(name: RangeFunction): Expression {
    this.#at++
    this.#expect('(')
    const of = this.#sum()
    this.#expect(')')
    if (of.kind !== 'selector' || of.range === undefined) throw invalid(`${name} takes a selector with a range, as rhizo_value[5m].`)
    return { kind: 'call', name, of }
  }

  #aggregation(name: Aggregation): Expression {
    this.#at++
    let by = this.#grouping()
    this.#expect('(')
    const of = this.#sum()
    this.#expect(')')
    by ??= this.#grouping()
    if (of.kind === 'selector' && of.range !== undefined)
      throw invalid(`${name} takes no range: put a function such as avg_over_time around it.`)
    if (isScalar(of)) throw invalid(`${name} takes series, not a number.`)
    return { kind: 'aggregation', name, of, by }
  }

  #grouping(): { labels: string[]; isWithout: boolean } | undefined {
    const isWithout = this.#next.text === 'without'
    if (!this.#takes('by') && !this.#takes('without')) return undefined
    this.#expect('(')
    const labels: string[] = []
    while (!this.#takes(')')) {
      const { kind, text } = this.#take()
      if (kind !== 'word') throw invalid(`by and without take names of labels, not ${quote(text)}.`)
      labels.push(text)
      if (this.#next.text !== ')') this.#expect(',')
    }
    return { labels, isWithout }
  }

  #selector(): Selector {
    const matchers: Matcher[] = []
    if (this.#next.kind === 'word') matchers.push({ label: NAME, is: '=', value: this.#take().text })
    if (this.#takes('{'))
      while (!this.#takes('}')) {
        matchers.push(this.#matcher())
        if (this.#next.text !== '}') this.#expect(',')
      }
    if (matchers.length === 0) throw invalid('A selector names something: rhizo_value, or a label in {}.')
    let range: Micros | undefined
    if (this.#takes('[')) {
      range = this.#duration()
      if (range <= 0) throw invalid('A range is longer than nothing.')
      this.#expect(']')
    }
    const isBack = this.#takes('offset')
    const isAhead = isBack && this.#takes('-')
    const offset = isBack ? this.#duration() : 0
    return { kind: 'selector', matchers, range, offset: isAhead ? -offset : offset }
  }

  #matcher(): Matcher {
    const name = this.#take()
    // A name in quotes alone is that of the metric.
    if (name.kind === 'text' && (this.#next.text === ',' || this.#next.text === '}')) return { label: NAME, is: '=', value: name.text }
    const sign = this.#take().text
    const is = (['=', '!=', '=~', '!~'] as const).find((one) => one === sign)
    const value = this.#take()
    if ((name.kind !== 'word' && name.kind !== 'text') || is === undefined || value.kind !== 'text')
      throw invalid('In {} there are labels with texts, as folder="/lab/fridge", with =, !=, =~ or !~.')
    return { label: name.text, is, value: value.text }
  }

  #duration(): Micros {
    const { kind, text } = this.#take()
    if (kind !== 'duration') throw invalid(`A duration is a number with a unit, as 30s, 5m, 1h30m or 7d, not ${quote(text)}.`)
    return durationOf(text)
  }
}

export const isScalar = (one: Expression): boolean =>
  one.kind === 'number' || (one.kind === 'arithmetic' && isScalar(one.left) && isScalar(one.right))
