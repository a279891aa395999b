/** `GET /sequences/statistics`: what the values of a range are like. */
import { parseDuration, DURATION_FORMS } from '../../src/base/duration.ts'
import { invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/quote.ts'
import { formatTimestamp, type Micros } from '../../src/base/time.ts'
import { requireSpec } from '../../src/sequences/sequences.ts'
import { readStatistics, type Statistics } from '../../src/sequences/series/statistics.ts'
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { findNamed, pathsParameters } from './named-paths.ts'
import { number, text, timestamp } from './parameters.ts'
import { viewOf, viewParameters } from './read-views.ts'
import { route } from './route.ts'

/** Each value is read, so that many sequences at once would take long. */
const MAX_SEQUENCES = 24

export const statisticsRoute = route({
  method: 'GET',
  path: '/api/v1/sequences/statistics',
  tag: 'Sequences',
  forLinks: true,
  summary: 'Count, least, greatest, means, deviation, and how long values were above or below a limit',
  description:
    'Of each numeric sequence in a range. A value holds from its time until the next one comes: the newest one before the range holds ' +
    'at its beginning, and the last one until its end or until now. So time_weighted_mean is right for values that came at any pace.',
  parameters: {
    ...pathsParameters(`sequences, ${MAX_SEQUENCES} at most`),
    start_timestamp: timestamp('Values from this time on, itself included.'),
    end_timestamp: timestamp('Values up to this time, itself included.'),
    above: number('Tells how many seconds values greater than this held.'),
    below: number('Tells how many seconds values less than this held.'),
    max_hold: text('How long a value holds at most where no other follows, such as 10m; without it until the next one.', { max: 100 }),
    ...viewParameters,
  },
  reply: {
    type: 'object',
    properties: {
      sequences: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            path: { type: 'string' },
            units: { type: ['string', 'null'] },
            count: { type: 'integer' },
            first_timestamp: { type: ['string', 'null'], format: 'date-time' },
            last_timestamp: { type: ['string', 'null'], format: 'date-time' },
            min: { type: ['number', 'null'] },
            max: { type: ['number', 'null'] },
            mean: { type: ['number', 'null'] },
            standard_deviation: { type: ['number', 'null'], description: 'Of the values as a population: divided by their count.' },
            time_weighted_mean: { type: ['number', 'null'] },
            seconds: { type: 'number', description: 'How long some value held in the range.' },
            seconds_above: { type: 'number', description: 'With above.' },
            seconds_below: { type: 'number', description: 'With below.' },
          },
        },
      },
    },
  },
  handle: async (request) => {
    const { ctx, actor, parameters } = request
    const { start_timestamp: start, end_timestamp: end, above, below, max_hold: hold } = parameters
    const query = { start, end, above, below, maxHold: hold ? requireHold(hold) : undefined, view: viewOf(parameters) }
    const sequences = []
    for (const sequence of findNamed(request, MAX_SEQUENCES))
      sequences.push(answerOf(sequence, await readStatistics(ctx, actor, sequence, query)))
    return { sequences }
  },
})

function requireHold(given: string): Micros {
  const hold = parseDuration(given)
  if (hold === undefined || hold === 0) throw invalid(`max_hold is ${quote(given)}; give ${DURATION_FORMS}.`)
  return hold
}

function answerOf(sequence: Resource, found: Statistics): object {
  return {
    name: sequence.name,
    path: pathOf(sequence),
    units: requireSpec(sequence).units ?? null,
    count: found.count,
    first_timestamp: found.first === undefined ? null : formatTimestamp(found.first),
    last_timestamp: found.last === undefined ? null : formatTimestamp(found.last),
    min: found.min ?? null,
    max: found.max ?? null,
    mean: found.mean ?? null,
    standard_deviation: found.standardDeviation ?? null,
    time_weighted_mean: found.timeWeightedMean ?? null,
    seconds: found.held,
    ...(found.above === undefined ? {} : { seconds_above: found.above }),
    ...(found.below === undefined ? {} : { seconds_below: found.below }),
  }
}
