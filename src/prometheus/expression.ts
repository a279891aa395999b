/** What a query is made of. */
import type { Micros } from '../base/time.ts'
import type { Matcher } from './series.ts'

export const RANGE_FUNCTIONS = [
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'count_over_time',
  'last_over_time',
  'rate',
  'increase',
  'delta',
] as const
export type RangeFunction = (typeof RANGE_FUNCTIONS)[number]

export const AGGREGATIONS = ['sum', 'avg', 'min', 'max', 'count'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

export interface Selector {
  readonly kind: 'selector'
  readonly matchers: readonly Matcher[]
  /** Of values before each moment; undefined: the newest at each. */
  readonly range: Micros | undefined
  /** How long before each moment it looks. */
  readonly offset: Micros
}

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | Selector
  | { readonly kind: 'call'; readonly name: RangeFunction; readonly of: Selector }
  | {
      readonly kind: 'aggregation'
      readonly name: Aggregation
      readonly of: Expression
      /** Labels that the groups have, or have not; undefined: one group of all. */
      readonly by: { readonly labels: readonly string[]; readonly isWithout: boolean } | undefined
    }
  | { readonly kind: 'arithmetic'; readonly sign: Sign; readonly left: Expression; readonly right: Expression }

export type Sign = '+' | '-' | '*' | '/'
