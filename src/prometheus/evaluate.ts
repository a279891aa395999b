/** Answers a query at some moments. */
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { mapInTurns } from '../base/long-lists.ts'
import { MINUTE, type Micros } from '../base/time.ts'
import type { Actor } from '../tree/actor.ts'
import type { Aggregation, Expression, Selector, Sign } from './expression.ts'
import { isScalar, parseQuery } from './parse.ts'
import { findSeries, NAME, type Labels } from './series.ts'
import { changesInWindows, OF_SUMMARY, summarizeWindows } from './windows.ts'

/** Most moments in one answer, as of Prometheus; and most of moments times series. */
export const MAX_MOMENTS = 11_000
const MAX_CELLS = 1_000_000
/** Most numbers that all parts of a query make, each at each moment and of each series. */
const MAX_MADE = 10_000_000

/** How long a value counts as the newest when a query names no time; sensors of labs send less often than programs are asked. */
export const LOOKBACK: Micros = 15 * MINUTE
/** A lookback and a range are at most so long. */
const MAX_RANGE: Micros = 10 * 366 * 24 * 60 * MINUTE

export interface Answered {
  readonly labels: Labels
  /** One for each moment; undefined where there is none. NaN is one: what comes of 0 / 0. */
  readonly values: readonly (number | undefined)[]
}

export interface Moments {
  readonly start: Micros
  readonly end: Micros
  readonly step: Micros
}

/** A number at each moment, or series. */
export type Answer = { readonly scalar: readonly (number | undefined)[] } | { readonly series: readonly Answered[] }

/**
 * Only what the caller may read is there.
 * @throws Fault unauthenticated; invalid for what is not understood, and past the bounds on moments, series and ranges
 */
export async function evaluate(
  ctx: Context,
  actor: Actor,
  query: string,
  moments: readonly Micros[],
  lookback = LOOKBACK,
): Promise<Answer> {
  const expression = parseQuery(query)
  if (expression.kind === 'selector' && expression.range !== undefined)
    throw invalid('A range by itself is no answer at a moment: put a function such as avg_over_time around it.')
  const found = await new Evaluation(ctx, actor, moments, Math.min(lookback, MAX_RANGE)).answer(expression)
  return isScalar(expression) ? { scalar: found[0]?.values ?? [] } : { series: found }
}

/** @throws Fault invalid for an order that is none, and past the bound */
export function momentsOf({ start, end, step }: Moments): Micros[] {
  if (step <= 0) throw invalid('step must be longer than nothing.')
  if (end < start) throw invalid('end must not be before start.')
  const count = Math.floor((end - start) / step) + 1
  if (count > MAX_MOMENTS)
    throw invalid(`There are ${count} steps from start to end; at most ${MAX_MOMENTS} are answered: choose a wider step.`)
  return Array.from({ length: count }, (_, at) => start + at * step)
}

class Evaluation {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #moments: readonly Micros[]
  readonly #lookback: Micros
  /** Numbers that were asked for so far. */
  #cells = 0
  /** Numbers that parts made of others. */
  #made = 0

  constructor(ctx: Context, actor: Actor, moments: readonly Micros[], lookback: Micros) {
    this.#ctx = ctx
    this.#actor = actor
    this.#moments = moments
    this.#lookback = lookback
  }

  async answer(one: Expression): Promise<Answered[]> {
    switch (one.kind) {
      case 'number':
        return [{ labels: {}, values: this.#moments.map(() => one.value) }]
      case 'selector':
        // The newest of the last minutes is the last of a window.
        return this.#overTime(one, 'last_over_time', this.#lookback, true)
      case 'call':
        return this.#overTime(one.of, one.name, one.of.range ?? 0, one.name === 'last_over_time')
      case 'aggregation':
        return this.#aggregate(one.name, await this.answer(one.of), one.by)
      case 'arithmetic':
        return this.#calculate(one.sign, [one.left, await this.answer(one.left)], [one.right, await this.answer(one.right)])
    }
  }

  /** Counts what a part makes of `count` series. @throws Fault invalid past the bound */
  #count(count: number): void {
    this.#made += count * this.#moments.length
    if (this.#made > MAX_MADE)
      throw invalid(
        `The parts of the query make more than ${MAX_MADE} numbers: name fewer sequences, choose a wider step, or write it shorter.`,
      )
  }

  /** Others have their turn between two series: a query has a hundred parts, each of which may be a million numbers. */
  #inTurns<T, U>(list: readonly T[], make: (one: T) => U): Promise<U[]> {
    return mapInTurns(this.#ctx.turns, list, make, 1)
  }

  async #overTime(
    { matchers, offset }: Selector,
    name: Extract<Expression, { kind: 'call' }>['name'],
    range: Micros,
    keepsName: boolean,
  ): Promise<Answered[]> {
    if (range > MAX_RANGE) throw invalid('A range is at most ten years.')
    const series = await findSeries(this.#ctx, this.#actor, matchers)
    this.#cells += series.length * this.#moments.length
    if (this.#cells > MAX_CELLS)
      throw invalid(
        `${series.length} sequences at ${this.#moments.length} steps are more than ${MAX_CELLS} numbers: name fewer, choose a wider step.`,
      )
    const moments = this.#moments.map((moment) => moment - offset)
    const tell = OF_SUMMARY[name]
    const found: Answered[] = []
    for (const { sequence, labels } of series) {
      if (this.#ctx.turns.isOver()) await this.#ctx.turns.next()
      const values =
        tell || (name !== 'rate' && name !== 'increase' && name !== 'delta')
          ? (await summarizeWindows(this.#ctx, sequence, moments, range)).map((summary) => (summary && tell ? tell(summary) : undefined))
          : await changesInWindows(this.#ctx, sequence, moments, range, name)
      if (values.some((value) => value !== undefined)) found.push({ labels: keepsName ? labels : unnamed(labels), values })
    }
    return found
  }

  async #aggregate(
    name: Aggregation,
    all: readonly Answered[],
    by: { labels: readonly string[]; isWithout: boolean } | undefined,
  ): Promise<Answered[]> {
    this.#count(all.length)
    const named = new Set(by?.labels)
    const isKept = (label: string): boolean =>
      (by ? named.has(label) !== by.isWithout : false) && (label !== NAME || by?.isWithout !== true)
    const groups = new Map<string, { labels: Labels; members: Answered[] }>()
    await this.#inTurns(all, (one) => {
      const labels = Object.fromEntries(Object.entries(one.labels).filter(([label]) => isKept(label)))
      const key = JSON.stringify(labels)
      const group = groups.get(key)
      if (group) group.members.push(one)
      else groups.set(key, { labels, members: [one] })
    })
    const found: Answered[] = []
    for (const { labels, members } of groups.values()) {
      const values = await this.#inTurns([...this.#moments.keys()], (at) => {
        const there = members.flatMap(({ values }) => values[at] ?? [])
        return there.length === 0 ? undefined : AGGREGATES[name](there)
      })
      found.push({ labels, values })
    }
    return found
  }

  /** At most one side is series; the other, a number, goes with each. */
  async #calculate(sign: Sign, [left, those]: [Expression, Answered[]], [right, these]: [Expression, Answered[]]): Promise<Answered[]> {
    this.#count(Math.max(those.length, these.length))
    const work = (a: number | undefined, b: number | undefined): number | undefined =>
      a === undefined || b === undefined ? undefined : SIGNS[sign](a, b)
    if (isScalar(right)) {
      const [number] = these
      const labelsFor = isScalar(left) ? (): Labels => ({}) : unnamed
      return this.#inTurns(those, ({ labels, values }) => ({
        labels: labelsFor(labels),
        values: values.map((a, at) => work(a, number?.values[at])),
      }))
    }
    const [number] = those
    return this.#inTurns(these, ({ labels, values }) => ({
      labels: unnamed(labels),
      values: values.map((b, at) => work(number?.values[at], b)),
    }))
  }
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

const AGGREGATES: Readonly<Record<Aggregation, (numbers: readonly number[]) => number>> = {
  sum: sumOf,
  avg: (numbers) => sumOf(numbers) / numbers.length,
  // What is no number is neither, unless there is nothing else.
  min: (numbers) => numbers.reduce((a, b) => (a <= b || Number.isNaN(b) ? a : b)),
  max: (numbers) => numbers.reduce((a, b) => (a >= b || Number.isNaN(b) ? a : b)),
  count: (numbers) => numbers.length,
}

const SIGNS: Readonly<Record<Sign, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
}

const unnamed = (labels: Labels): Labels => Object.fromEntries(Object.entries(labels).filter(([label]) => label !== NAME))
