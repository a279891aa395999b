/** The newest values in the text format that Prometheus collects. */
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import { readNewest } from '../sequences/sequences.ts'
import type { Actor } from '../tree/actor.ts'
import { findSeries, METRIC, NAME, type Labels, type Matcher } from './series.ts'

/** Most series that are collected at once. */
const MAX_COLLECTED = 10_000

/**
 * A line for each sequence that the caller may read and whose newest value is not older than `age`, with the value's time.
 * @throws Fault unauthenticated; invalid when there are too many
 */
export async function newestAsText(ctx: Context, actor: Actor, matchers: readonly Matcher[], age: Micros): Promise<string> {
  const lines = [`# HELP ${METRIC} Newest value of each numeric sequence.`, `# TYPE ${METRIC} gauge`]
  const since = ctx.clock.now() - age
  for (const { sequence, labels } of await findSeries(ctx, actor, matchers, MAX_COLLECTED)) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const newest = await readNewest(ctx, actor, sequence)
    if (!newest || newest.time < since || !Number.isFinite(Number(newest.text))) continue
    lines.push(`${METRIC}{${labelsAsText(labels)}} ${Number(newest.text)} ${Math.floor(newest.time / 1000)}`)
  }
  return `${lines.join('\n')}\n`
}

const labelsAsText = (labels: Labels): string =>
  Object.entries(labels)
    .filter(([name]) => name !== NAME)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`))}"`)
    .join(',')
