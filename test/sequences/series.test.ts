/** Values summed up in buckets, by the API of a real daemon, beside a naive model. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { edgesOf, parseInterval } from '../../src/base/intervals.ts'
import { TimeZone } from '../../src/base/time-zone.ts'
import { HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { startLab, type Lab } from '../support/lab.ts'

const START: Micros = Date.UTC(2026, 2, 28) * 1000

type Model = [time: Micros, value: number][]

async function store(lab: Lab, sequence: Resource, values: Model): Promise<void> {
  await lab.ctx.sequences.append(values.map(([time, value]) => ({ sequence: { id: sequence.id, isText: false }, time, value })))
}

interface SeriesAnswer {
  timestamps: number[]
  values?: (number | null)[]
  min?: (number | null)[]
  max?: (number | null)[]
  sequences: { path: string; values?: (number | null)[]; min?: (number | null)[]; max?: (number | null)[] }[]
  message?: string
}

const aggregates: Record<string, (values: number[]) => number[]> = {
  minmax: (values) => [Math.min(...values), Math.max(...values)],
  mean: (values) => [values.reduce((sum, value) => sum + value, 0) / values.length],
  first: (values) => [values[0] ?? 0],
  last: (values) => [values.at(-1) ?? 0],
  count: (values) => [values.length],
  sum: (values) => [values.reduce((sum, value) => sum + value, 0)],
}

/** What buckets between edges should say: a list of numbers (or null) for each bucket. */
function model(values: Model, edges: readonly Micros[], aggregate: string, fill: string, start: Micros, end: Micros): (number | null)[][] {
  const width = aggregate === 'minmax' ? 2 : 1
  const before = values.filter(([time]) => time < start).at(-1)?.[1]
  let previous: (number | null)[] = Array.from({ length: width }, () =>
    fill === 'previous' && before !== undefined && aggregate !== 'sum' ? before : null,
  )
  return edges.slice(1).map((to, at) => {
    const group = values.filter(([time]) => time >= (edges[at] ?? 0) && time < to && time >= start && time <= end).map(([, value]) => value)
    if (group.length > 0) return (previous = aggregates[aggregate]?.(group) ?? [])
    if (aggregate === 'count') return [0]
    return fill === 'previous' ? previous : Array.from({ length: width }, () => null)
  })
}

const transpose = (
  { timestamps }: SeriesAnswer,
  lists: { values?: (number | null)[]; min?: (number | null)[]; max?: (number | null)[] },
): (number | null)[][] =>
  timestamps.map((_, at) => (lists.min ? [lists.min[at] ?? null, lists.max?.[at] ?? null] : [lists.values?.[at] ?? null]))

test('any aggregate, interval, zone and fill of several sequences gives what a model gives', async (t) => {
  const lab = await startLab(t)
  let number = 0
  // Whole numbers: sums are exact, in whatever order they are taken.
  const anyValues = fc
    .uniqueArray(
      fc.tuple(
        fc.integer({ min: 0, max: 60 * 60 }).map((minutes) => START + minutes * MINUTE),
        fc.integer({ min: -1_000, max: 1_000 }),
      ),
      { selector: ([time]) => time, maxLength: 60 },
    )
    .map((values) => values.sort(([a], [b]) => a - b))
  const anyQuery = fc.record({
    interval: fc.constantFrom('10m', '1h', '6h', '1d', '1w', '7m'),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/Santiago'),
    aggregate: fc.constantFrom('minmax', 'mean', 'first', 'last', 'count', 'sum'),
    fill: fc.constantFrom('null', 'previous', 'none'),
    from: fc.integer({ min: 0, max: 50 * 60 }),
    minutes: fc.integer({ min: 0, max: 20 * 60 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyValues, { minLength: 1, maxLength: 3 }),
      fc.array(anyQuery, { minLength: 1, maxLength: 4 }),
      async (all, queries) => {
        const sequences: Resource[] = []
        for (const values of all) {
          const sequence = await lab.sequence(`/lab/s${number++}`)
          if (values.length > 0) await store(lab, sequence, values)
          sequences.push(sequence)
        }
        for (const { interval, zone, aggregate, fill, from, minutes } of queries) {
          const [start, end] = [START + from * MINUTE, START + (from + minutes) * MINUTE]
          const parameters = {
            start_timestamp: formatTimestamp(start),
            end_timestamp: formatTimestamp(end),
            interval,
            time_zone: zone,
            aggregate,
            fill,
          }
          const edges = edgesOf(parseInterval(interval), TimeZone.named(zone), start, end, 100_000)
          const expected = all.map((values) => model(values, edges, aggregate, fill, start, end))
          const isKept = edges
            .slice(1)
            .map(
              (_, at) =>
                fill !== 'none' ||
                all.some((values) =>
                  values.some(([time]) => time >= Math.max(edges[at] ?? 0, start) && time < (edges[at + 1] ?? 0) && time <= end),
                ),
            )
          const { status, json } = await lab.get('/sequences/series', {
            ...parameters,
            paths: sequences.map(({ name }) => `/lab/${name}`).join(','),
          })
          assert.equal(status, 200)
          const answer = json as SeriesAnswer
          assert.deepEqual(
            answer.timestamps,
            edges
              .slice(0, -1)
              .filter((_, at) => isKept[at])
              .map((time) => time / SECOND),
          )
          for (const [at, one] of answer.sequences.entries()) {
            assert.equal(one.path, `/lab/${sequences[at]?.name}`)
            assert.deepEqual(
              transpose(answer, one),
              expected[at]?.filter((_, bucket) => isKept[bucket]),
            )
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('one sequence: equal stretches, intervals, shapes, and as it always was without an aggregate', async (t) => {
  const lab = await startLab(t)
  const sequence = await lab.sequence('/lab/t', 1, { units: 'C' })
  await store(
    lab,
    sequence,
    Array.from({ length: 100 }, (_, at): [number, number] => [START + at * MINUTE, at === 57 ? 1_000 : at]),
  )
  const get = async (parameters: Record<string, unknown>): Promise<SeriesAnswer> =>
    (await lab.get('/resources/lab/t', parameters)).json as SeriesAnswer

  assert.deepEqual(await get({ max_points: 2 }), {
    name: 't',
    path: '/lab/t',
    units: 'C',
    points: [
      { first_timestamp: START / SECOND, last_timestamp: START / SECOND + 49 * 60, min: 0, max: 49, mean: 24.5, count: 50 },
      {
        first_timestamp: START / SECOND + 50 * 60,
        last_timestamp: START / SECOND + 99 * 60,
        min: 50,
        max: 1_000,
        mean: (99 * 50 + 50 * 50 - 57 * 2 + 2_000) / 2 / 50,
        count: 50,
      },
    ],
  })
  assert.deepEqual(await get({ max_points: 2, aggregate: 'minmax' }), {
    name: 't',
    path: '/lab/t',
    units: 'C',
    aggregate: 'minmax',
    timestamps: [START / SECOND, START / SECOND + 49.5 * 60],
    min: [0, 50],
    max: [49, 1_000],
  })
  assert.deepEqual(await get({ interval: '1h' }), {
    name: 't',
    path: '/lab/t',
    units: 'C',
    points: [
      {
        timestamp: START / SECOND,
        first_timestamp: START / SECOND,
        last_timestamp: START / SECOND + 59 * 60,
        min: 0,
        max: 1_000,
        mean: (59 * 30 - 57 + 1_000) / 60,
        count: 60,
      },
      {
        timestamp: START / SECOND + 3_600,
        first_timestamp: START / SECOND + 3_600,
        last_timestamp: START / SECOND + 99 * 60,
        min: 60,
        max: 99,
        mean: 79.5,
        count: 40,
      },
    ],
  })
  const shape = await get({ max_points: 10, aggregate: 'lttb' })
  assert.equal(shape.timestamps.length, 10)
  assert.ok(shape.values?.includes(1_000))
  assert.equal((await get({ max_points: 100, aggregate: 'lttb' })).timestamps.length, 100)
  assert.deepEqual((await get({ max_points: 5, aggregate: 'mean', start_timestamp: '2027-01-01T00:00:00Z' })).values, [])
  // Two hours at the end without values: nothing, null, or what was last there.
  const range = {
    interval: '1h',
    aggregate: 'last',
    start_timestamp: formatTimestamp(START + HOUR),
    end_timestamp: formatTimestamp(START + 4 * HOUR - 1),
  }
  assert.deepEqual((await get(range)).values, [99])
  assert.deepEqual((await get({ ...range, fill: 'null' })).values, [99, null, null])
  assert.deepEqual((await get({ ...range, fill: 'previous' })).values, [99, 99, 99])
  assert.equal(
    (await lab.get('/resources/lab/t', { interval: '1h', aggregate: 'minmax', format: 'csv' })).text,
    'timestamp,min,max\n2026-03-28T00:00:00Z,0,1000\n2026-03-28T01:00:00Z,60,99\n',
  )
  assert.equal(
    (await lab.get('/resources/lab/t', { interval: '1h', aggregate: 'count', format: 'ndjson' })).text,
    '{"timestamp":"2026-03-28T00:00:00Z","value":60}\n{"timestamp":"2026-03-28T01:00:00Z","value":40}\n',
  )
})

test('several sequences as a table, by repeated paths, a list, and POST', async (t) => {
  const lab = await startLab(t)
  const [a, b] = [await lab.sequence('/lab/a'), await lab.sequence('/lab/b,c')]
  await store(lab, a, [
    [START, 1],
    [START + HOUR, 2],
  ])
  await store(lab, b, [
    [START + HOUR, 5],
    [START + 2 * HOUR, 7],
  ])
  const headers = { authorization: `Bearer ${lab.key}` }
  const table = await fetch(
    `${lab.url}/api/v1/sequences/series?path=/lab/a&path=${encodeURIComponent('/lab/b,c')}&interval=1h&format=csv`,
    { headers },
  )
  assert.equal(
    await table.text(),
    'timestamp,/lab/a,"/lab/b,c"\n2026-03-28T00:00:00Z,1,\n2026-03-28T01:00:00Z,2,5\n2026-03-28T02:00:00Z,,7\n',
  )
  const posted = await fetch(`${lab.url}/api/v1/sequences/series`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ paths: ['/lab/a', '/lab/b,c'], interval: '1h', aggregate: 'minmax', format: 'ndjson' }),
  })
  assert.equal((await posted.text()).split('\n')[1], '{"timestamp":"2026-03-28T01:00:00Z","/lab/a":[2,2],"/lab/b,c":[5,5]}')
  const answer = (await lab.get('/sequences/series', { paths: JSON.stringify(['/lab/b,c', '/lab/a']), max_points: 3 })).json as SeriesAnswer
  assert.deepEqual(
    answer.sequences.map(({ values }) => values),
    [
      [null, 5, 7],
      [1, 2, null],
    ],
  )
})

test('what can not be answered is refused with what to do', async (t) => {
  const lab = await startLab(t)
  const numeric = await lab.sequence('/lab/t')
  await lab.sequence('/lab/text', 2)
  await lab.sequence('/lab/image', 3)
  await store(lab, numeric, [
    [START, 1],
    [START + 400_000 * MINUTE, 2],
  ])
  const stranger = await lab.user('stranger@example.com', { member: false })
  const one = '/resources/lab/t'
  const many = '/sequences/series'
  const cases: [path: string, parameters: Record<string, unknown>, status: number, message: RegExp][] = [
    [one, { interval: '1D' }, 400, /interval is "1D"; write a number and a unit/],
    [one, { interval: '1h', time_zone: 'Berlin' }, 400, /time_zone is "Berlin"; give a name of the IANA time zone database/],
    [one, { interval: '1h', max_points: 10 }, 400, /two ways to cut the range/],
    [
      one,
      { interval: '1m' },
      400,
      /interval 1m makes 400000 buckets of this range; at most 100000 .* longer interval, or for a shorter range/,
    ],
    [one, { max_points: 200_000 }, 400, /max_points is 200000; allowed: 1 to 100000/],
    [one, { max_points: 10, time_zone: 'UTC' }, 400, /time_zone goes with interval/],
    [one, { aggregate: 'mean' }, 400, /aggregate goes with max_points or interval/],
    [one, { count: 5, fill: 'null' }, 400, /fill goes with max_points or interval/],
    [one, { max_points: 10, aggregate: 'median' }, 400, /aggregate is "median"; allowed: minmax, mean/],
    [one, { max_points: 10, aggregate: 'mean', fill: 'linear' }, 400, /fill is "linear"; allowed: null, previous, none/],
    [one, { max_points: 10, fill: 'null' }, 400, /fill goes with an aggregate/],
    [one, { interval: '1h', aggregate: 'lttb' }, 400, /lttb picks max_points values/],
    [one, { max_points: 2, aggregate: 'lttb' }, 400, /at least 3/],
    ['/resources/lab/text', { max_points: 10 }, 400, /\/lab\/text is a text sequence; only numbers can be summed up/],
    [many, {}, 400, /path is missing/],
    [many, { path: '/lab/t' }, 400, /max_points or interval is missing/],
    [many, { path: '/lab/t', paths: '/lab/t', interval: '1d' }, 400, /\/lab\/t is there twice/],
    [many, { paths: '/lab/t,/lab/none', interval: '1d' }, 404, /There is no resource "\/lab\/none"/],
    [many, { paths: '/lab/t,/lab/image', interval: '1d' }, 400, /\/lab\/image is an image sequence/],
    [many, { paths: '/lab', interval: '1d' }, 400, /\/lab is not a sequence/],
    [many, { paths: '[1]', interval: '1d' }, 400, /paths must hold absolute paths, found "1"/],
    [many, { paths: '{}', interval: '1d' }, 400, /./],
    [
      many,
      { paths: Array.from({ length: 101 }, (_, at) => `/lab/${at}`).join(','), interval: '1d' },
      400,
      /101 sequences were asked for; at most 100/,
    ],
    [many, { path: '/lab/t', max_points: 10, aggregate: 'lttb' }, 400, /ask for each by itself/],
  ]
  for (const [path, parameters, status, message] of cases) {
    const reply = await lab.get(path, parameters)
    assert.deepEqual(
      [reply.status, message.test((reply.json as SeriesAnswer).message ?? '')],
      [status, true],
      `${JSON.stringify(parameters)}: ${reply.text}`,
    )
  }
  for (const caller of [stranger, lab.as('')]) {
    assert.equal((await caller.get(many, { path: '/lab/t', interval: '1d' })).status, 403)
    assert.equal((await caller.get(one, { interval: '1d' })).status, 403)
  }
})
