/** What Grafana's Prometheus data source asks, as it asks it, and what it may not see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelPattern, newLooks } from '../../src/prometheus/label-pattern.ts'
import { parseQuery } from '../../src/prometheus/parse.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

const BASE = '/api/prometheus/api/v1'

interface Answer {
  status: number
  type: string | undefined
  error: string
  data: unknown
}

/** As Grafana sends it: a form where it may be long, the key as Basic's password. */
async function ask(lab: Lab, path: string, form?: Record<string, string>, key = lab.key): Promise<Answer> {
  const headers = key === '' ? {} : { authorization: `Basic ${Buffer.from(`grafana:${key}`).toString('base64')}` }
  const init = form === undefined ? { headers } : { method: 'POST', headers, body: new URLSearchParams(form) }
  const response = await fetch(lab.url + BASE + path, init)
  const { data, error = '', errorType } = (await response.json()) as { data: unknown; error?: string; errorType?: string }
  return { status: response.status, type: errorType, error, data }
}

type Row = { metric: Record<string, string>; value: [number, string]; values: [number, string][] }
const rowsOf = ({ data, error }: Answer): Row[] => (data as { result: Row[] } | undefined)?.result ?? assert.fail(error)

/** A fridge and a freezer with a value a minute, of the last hour, and a counter that falls once. */
async function startFridges(t: Parameters<typeof startLab>[0]): Promise<{ lab: Lab; now: number; clock: FakeClock }> {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const now = clock.now() / 1e6
  for (const [path, units] of [
    ['/lab/fridge/temperature', 'C'],
    ['/lab/freezer/temperature', 'C'],
    ['/lab/freezer/door "left"', ''],
  ] as const)
    await lab.sequence(path, 1, units === '' ? {} : { units })
  const rows = Array.from({ length: 60 }, (_, at) => ({ timestamp: new Date((now - (59 - at) * 60) * 1000).toISOString(), at }))
  for (const [path, valueOf] of [
    ['/lab/fridge/temperature', (at: number) => at],
    ['/lab/freezer/temperature', (at: number) => -at],
    ['/lab/freezer/door "left"', (at: number) => (at < 30 ? 2 * at : 2 * (at - 30))],
  ] as const) {
    const response = await fetch(`${lab.url}/api/v1/sequences/values`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(rows.map(({ timestamp, at }) => ({ path, timestamp, value: valueOf(at) }))),
    })
    assert.equal(response.status, 200, await response.text())
  }
  return { lab, now, clock }
}

test('a data source is tried, explored and drawn by the requests that Grafana sends', async (t) => {
  const { lab, now, clock } = await startFridges(t)
  assert.deepEqual((await ask(lab, '/query', { query: '1+1', time: '4' })).data, { resultType: 'scalar', result: [4, '2'] })
  assert.equal(((await ask(lab, '/status/buildinfo')).data as { version: string }).version, '2.55.0')
  assert.deepEqual((await ask(lab, '/label/__name__/values')).data, ['rhizo_value'])
  assert.deepEqual(Object.keys((await ask(lab, '/metadata?metric=rhizo_value')).data as object), ['rhizo_value'])
  assert.deepEqual((await ask(lab, '/labels', { 'match[]': 'rhizo_value{name="temperature"}' })).data, [
    '__name__',
    'folder',
    'name',
    'organization',
    'path',
    'units',
  ])
  const folders = await ask(
    lab,
    `/label/folder/values?${new URLSearchParams([
      ['match[]', '{name="temperature"}'],
      ['match[]', '{name=~"door.*"}'],
    ]).toString()}`,
  )
  assert.deepEqual(folders.data, ['/lab/freezer', '/lab/fridge'])
  assert.equal(((await ask(lab, '/series', { 'match[]': '{path=~"/lab/fr.*"}' })).data as unknown[]).length, 3)

  // Instant: the newest values; text and quotes in names are labels like any others.
  const instant = rowsOf(await ask(lab, '/query', { query: 'rhizo_value', time: String(now) }))
  assert.deepEqual(
    instant.map(({ metric, value }) => [metric['path'], value[1]]),
    [
      ['/lab/freezer/door "left"', '58'],
      ['/lab/freezer/temperature', '-59'],
      ['/lab/fridge/temperature', '59'],
    ],
  )
  // A panel: steps of a minute, as a form.
  const range = { start: String(now - 600), end: String(now), step: '60' }
  const drawn = rowsOf(await ask(lab, '/query_range', { query: 'rhizo_value{folder="/lab/fridge"}', ...range }))
  assert.deepEqual(
    drawn.map(({ metric, values }) => [metric['folder'], values.length, values[0], values.at(-1)]),
    [['/lab/fridge', 11, [now - 600, '49'], [now, '59']]],
  )
  const bySpan = async (query: string): Promise<string[]> =>
    rowsOf(await ask(lab, '/query_range', { query, start: String(now - 120), end: String(now), step: '1m' })).flatMap(({ values }) =>
      values.map(([, value]) => value),
    )
  const fridge = 'rhizo_value{path="/lab/fridge/temperature"}'
  assert.deepEqual(await bySpan(`avg_over_time(${fridge}[5m])`), ['55', '56', '57'])
  assert.deepEqual(await bySpan(`max_over_time(${fridge}[5m])`), ['57', '58', '59'])
  assert.deepEqual(await bySpan(`min_over_time(${fridge}[5m])`), ['53', '54', '55'])
  assert.deepEqual(await bySpan(`sum_over_time(${fridge}[2m])`), ['113', '115', '117'])
  assert.deepEqual(await bySpan(`count_over_time(${fridge}[90s])`), ['2', '2', '2'])
  assert.deepEqual(await bySpan(`last_over_time(${fridge}[1h] offset 10m)`), ['47', '48', '49'])
  assert.deepEqual(await bySpan(`${fridge} * 9 / 5 + 32`), ['134.6', '136.4', '138.2'])
  assert.deepEqual(await bySpan(`-${fridge}`), ['-57', '-58', '-59'])
  // A counter rises by 2 a minute, its fall to zero left out.
  const rates = (await bySpan(`rate({name=~"door.*"}[50m]) * 60`)).map(Number)
  assert.ok(
    rates.every((rate) => rate > 1.9 && rate <= 2.01),
    String(rates),
  )
  assert.deepEqual(await bySpan('delta(rhizo_value{folder="/lab/fridge"}[10m])'), ['10', '10', '10'])
  const sums = rowsOf(await ask(lab, '/query', { query: 'sum by (name) (rhizo_value)', time: String(now) }))
  assert.deepEqual(
    sums.map(({ metric, value }) => [metric, value[1]]),
    [
      [{ name: 'door "left"' }, '58'],
      [{ name: 'temperature' }, '0'],
    ],
  )
  assert.equal(rowsOf(await ask(lab, '/query', { query: 'max(rhizo_value) without (path, name)', time: String(now) })).length, 3)
  assert.deepEqual(rowsOf(await ask(lab, '/query', { query: 'count(rhizo_value)', time: String(now) }))[0]?.value, [now, '3'])

  // A silent sensor is gone after the lookback, and a longer one still has it.
  clock.advance(3_600)
  assert.equal(rowsOf(await ask(lab, '/query', { query: fridge })).length, 0)
  assert.equal(rowsOf(await ask(lab, '/query', { query: fridge, lookback_delta: '2h' })).length, 1)
})

test('numbers that are none, and falls of counters, are those that a Prometheus answers', async (t) => {
  const { lab, now } = await startFridges(t)
  const at = async (query: string): Promise<string[]> =>
    rowsOf(await ask(lab, '/query', { query, time: String(now - 59 * 60) })).map(({ value }) => value[1])
  // At the first minute all three are 0.
  assert.deepEqual(await at('0 / rhizo_value'), ['NaN', 'NaN', 'NaN'])
  assert.deepEqual(await at('1 / rhizo_value{folder="/lab/fridge"}'), ['+Inf'])
  assert.deepEqual(await at('sum(0 / rhizo_value)'), ['NaN'])
  assert.deepEqual(await at('max(0 / rhizo_value)'), ['NaN'])
  assert.deepEqual(await at('count(0 / rhizo_value)'), ['3'])
  for (const [query, told] of [
    ['Inf', '+Inf'],
    ['-inf', '-Inf'],
    ['NaN + 1', 'NaN'],
    ['0x10 + 1', '17'],
  ] as const)
    assert.deepEqual((await ask(lab, '/query', { query, time: '4' })).data, { resultType: 'scalar', result: [4, told] })
  // A counter of large numbers that falls again and again rises by exactly as much as it does.
  await lab.sequence('/lab/fridge/pulses', 1, {})
  const rows = Array.from({ length: 240 }, (_, i) => ({
    path: '/lab/fridge/pulses',
    timestamp: new Date((now - (239 - i) * 15) * 1000).toISOString(),
    value: i % 2 === 0 ? 1e15 : 1e15 + 1,
  }))
  const headers = { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' }
  assert.equal((await fetch(`${lab.url}/api/v1/sequences/values`, { method: 'POST', headers, body: JSON.stringify(rows) })).status, 200)
  const query = 'increase(rhizo_value{name="pulses"}[30s])'
  assert.deepEqual(
    rowsOf(await ask(lab, '/query', { query, time: String(now) })).map(({ value }) => value[1]),
    ['2'],
  )
})

test('what Grafana asks for beside the values is answered, and what is missing is said in Prometheus’s form', async (t) => {
  const { lab } = await startFridges(t)
  assert.deepEqual((await ask(lab, '/rules?type=alert')).data, { groups: [] })
  assert.deepEqual((await ask(lab, '/alerts')).data, { alerts: [] })
  for (const form of [undefined, { query: 'rhizo_value', start: '1', end: '2' }])
    assert.deepEqual((await ask(lab, '/query_exemplars', form)).data, [])
  for (const path of ['/rules', '/alerts', '/query_exemplars']) assert.equal((await ask(lab, path, undefined, '')).status, 401, path)
  for (const [path, missing] of [
    ['/query', 'query'],
    ['/query_range?query=1&start=1&end=2', 'step'],
    ['/query_range?query=1&step=1', 'start'],
  ] as const) {
    const { status, type, error } = await ask(lab, path)
    assert.deepEqual([status, type, error], [400, 'bad_data', `${missing} is missing.`])
  }
})

test('windows that overlap, with masked values among them, say what each value by itself would', async (t) => {
  const { lab, now } = await startFridges(t)
  for (const where of ['value = 21', 'value = 25']) await lab.post('/sequences/masks', { path: '/lab/fridge/temperature', where })
  const query = 'avg_over_time(rhizo_value{folder="/lab/fridge"}[7m])'
  const [row] = rowsOf(await ask(lab, '/query_range', { query, start: String(now - 3_600), end: String(now), step: '45' }))
  for (const [moment, told] of row?.values ?? []) {
    const inside = Array.from({ length: 60 }, (_, at) => at).filter((at) => {
      const time = now - (59 - at) * 60
      return time > moment - 420 && time <= moment && at !== 21 && at !== 25
    })
    assert.equal(Number(told), inside.reduce((sum, at) => sum + at, 0) / inside.length, `at ${moment}`)
  }
  assert.ok((row?.values.length ?? 0) > 60)
})

test('what a key may not read is not there, in values, labels and metrics; without a key there is nothing', async (t) => {
  const { lab, now } = await startFridges(t)
  const stranger = await lab.user('stranger@example.com', { member: false })
  const member = await lab.user('ann@example.com')
  assert.equal((await lab.put('/resources/lab/freezer', { permissions: [[110, lab.organization.id, 0]] })).status, 200)
  for (const [key, count] of [
    [stranger.key, 0],
    [member.key, 1],
  ] as const) {
    assert.equal(rowsOf(await ask(lab, '/query', { query: 'rhizo_value', time: String(now) }, key)).length, count)
    assert.equal(((await ask(lab, '/series', { 'match[]': 'rhizo_value' }, key)).data as unknown[]).length, count)
    assert.equal(((await ask(lab, '/label/path/values', undefined, key)).data as unknown[]).length, count)
    const collected = await fetch(`${lab.url}/metrics/values`, { headers: { authorization: `Bearer ${key}` } })
    assert.equal((await collected.text()).match(/^rhizo_value\{/gm)?.length ?? 0, count)
  }
  for (const path of ['/labels', '/label/path/values', '/series', '/metadata', '/status/buildinfo', '/query?query=rhizo_value'])
    assert.equal((await ask(lab, path, undefined, '')).status, 401, path)
  assert.equal((await fetch(`${lab.url}/metrics/values`)).status, 401)
})

test('Prometheus collects the newest values, of a folder and not too old', async (t) => {
  const { lab, now, clock } = await startFridges(t)
  const collect = async (query = ''): Promise<string[]> => {
    const response = await fetch(`${lab.url}/metrics/values${query}`, { headers: { authorization: `Bearer ${lab.key}` } })
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    return (await response.text()).split('\n').filter((line) => line.startsWith('rhizo_value'))
  }
  assert.deepEqual(await collect('?folder=/lab/freezer'), [
    `rhizo_value{folder="/lab/freezer",name="door \\"left\\"",organization="lab",path="/lab/freezer/door \\"left\\""} 58 ${now * 1000}`,
    `rhizo_value{folder="/lab/freezer",name="temperature",organization="lab",path="/lab/freezer/temperature",units="C"} -59 ${now * 1000}`,
  ])
  assert.equal((await collect()).length, 3)
  clock.advance(1_000)
  assert.equal((await collect()).length, 0)
  assert.equal((await collect('?max_age=1h')).length, 3)
})

test('what is not understood is refused by its name, and what would be too much by its bound', async (t) => {
  const { lab, now } = await startFridges(t)
  const range = { start: String(now - 600), end: String(now), step: '60' }
  for (const [query, message] of [
    ['', /query is missing|is empty/],
    ['histogram_quantile(0.9, rhizo_value)', /function "histogram_quantile", which is not understood here\. Understood are/],
    ['rhizo_value / rhizo_value', /one side has to be a number/],
    ['rhizo_value > 5', /has ">", which is not understood/],
    ['rhizo_value[5m]', /range by itself/],
    ['avg_over_time(rhizo_value)', /takes a selector with a range/],
    ['rate(rhizo_value[0s])', /longer than nothing/],
    ['topk(3, rhizo_value)', /"topk", which is not understood/],
    ['rhizo_value{folder=/lab}', /labels with texts/],
    ['rhizo_value{folder="a"', /has its end where/],
    ['{path=~"(?i)x"}', /groups with \(\?/],
    ['{path=~"a{2}"}', /counted repetitions/],
    ['{}', /names something/],
    ['rhizo_value @ 5', /not understood/],
    [`${'('.repeat(40)}1${')'.repeat(40)}`, /parts in each other/],
    [Array(200).fill('1').join('+'), /more than 100 parts/],
    ['avg_over_time(rhizo_value[9y])', /too wide for so narrow a step|^$/],
  ] as const) {
    const { status, type, error } = await ask(lab, '/query_range', {
      query,
      ...range,
      ...(query.includes('9y') ? { step: '0.001', start: String(now - 1) } : {}),
    })
    assert.deepEqual([status, type], [400, 'bad_data'], query)
    assert.match(error, message, query)
  }
  assert.match((await ask(lab, '/query_range', { query: '1', ...range, step: '0.01' })).error, /at most 11000 are answered/)
  assert.match((await ask(lab, '/query_range', { query: '1', ...range, step: '0' })).error, /step must be/)
  assert.match((await ask(lab, '/query_range', { query: '1', ...range, end: '5' })).error, /before start/)
  assert.match((await ask(lab, '/series', { 'match[]': 'sum(rhizo_value)' })).error, /must be a selector/)
})

test('each part of a query takes turns with other requests, for each of its series and steps', async (t) => {
  const { lab, now } = await startFridges(t)
  t.mock.method(lab.ctx.turns, 'isOver', () => true)
  const next = t.mock.method(lab.ctx.turns, 'next')
  const turnsFor = async (query: string): Promise<number> => {
    const before = next.mock.callCount()
    const { status, error } = await ask(lab, '/query_range', { query, start: String(now - 3_000), end: String(now), step: '10' })
    assert.equal(status, 200, error)
    return next.mock.callCount() - before
  }
  const [series, steps] = [3, 301]
  const once = await turnsFor('rhizo_value')
  const sums = await turnsFor(`rhizo_value${'+1'.repeat(50)}`)
  assert.ok(sums - once >= 50 * series, `${sums - once} turns more for 50 sums of ${series} series`)
  const groups = await turnsFor('max by (path) (max by (path) (rhizo_value))')
  assert.ok(groups - once >= 2 * series * steps, `${groups - once} turns more for two groupings of ${series} series at ${steps} steps`)
  const numbers = await turnsFor(`1${'+1'.repeat(50)}`)
  assert.ok(numbers >= 50, `${numbers} turns for 50 sums of numbers`)
})

test('all parts of a query together make a bounded number of numbers', async (t) => {
  const { lab, now } = await startFridges(t)
  const paths = Array.from({ length: 10 }, (_, at) => `/lab/tanks/level-${at}`)
  for (const path of paths) await lab.sequence(path)
  await lab.put('/resources', { values: Object.fromEntries(paths.map((path) => [path, 1])) })
  const [start, end] = [String(now - 43_996), String(now)]
  const told = async (part: string): Promise<string> => {
    const query = `rhizo_value{folder="/lab/tanks"}${part}`
    return (await ask(lab, '/query_range', { query, start, end, step: '4' })).error
  }
  // 10 sequences at 11,000 steps.
  assert.equal(await told('+1'.repeat(40)), '')
  assert.match(await told('+1'.repeat(95)), /make more than 10000000 numbers/)
})

test('patterns on labels mean what they mean elsewhere, and none takes long', () => {
  for (const [pattern, yes, no] of [
    ['/lab/.*', ['/lab/', '/lab/a/b'], ['/lab', '/rival/lab/']],
    ['a|bc+', ['a', 'bc', 'bccc'], ['', 'ab', 'b']],
    ['(?:/a|/b)/t\\.1', ['/a/t.1', '/b/t.1'], ['/a/t11']],
    ['[a-c-]x?[^/]', ['a1', '-x1', 'cxx'], ['dx1', 'a/']],
    ['^a\\d+$', ['a1', 'a123'], ['a', 'ab']],
    ['(a*)*b', ['b', 'aaab'], ['aaa']],
    ['', [''], ['a']],
  ] as const) {
    const test = labelPattern(pattern)
    for (const text of yes) assert.ok(test(text), `${pattern} ${text}`)
    for (const text of no) assert.ok(!test(text), `${pattern} ${text}`)
  }
  // Those that take ages where one way is tried after the other.
  for (const pattern of ['(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*)(.*)(.*)(.*)(.*)b'])
    assert.equal(labelPattern(pattern)('a'.repeat(2_000)), false)
  // A pattern may be at thousands of its places at once: it is refused before it costs more than a few milliseconds.
  assert.throws(() => labelPattern('a?'.repeat(4_000))('a'.repeat(200)), { code: 'invalid', message: /in too many ways/ })
  // So are classes of thousands of parts, each of which is looked at for each character, and many patterns on one sequence.
  assert.throws(() => labelPattern(`[${'\\d'.repeat(3_000)}]*`)('1'.repeat(200)), { code: 'invalid', message: /in too many ways/ })
  const many = labelPattern('a?'.repeat(200))
  const looks = newLooks()
  assert.throws(() => Array.from({ length: 100 }, () => many('a'.repeat(100), looks)), { code: 'invalid' })
  const paths = Array.from({ length: 200 }, (_, at) => `/lab/fridge/sensor-${at}`)
  assert.ok(labelPattern(paths.join('|'))('/lab/fridge/sensor-199'))
  for (const pattern of ['(', ')', '[a', 'a**', '*', 'a\\', '\\p', '('.repeat(60)])
    assert.throws(() => labelPattern(pattern), { code: 'invalid' })
  assert.deepEqual(parseQuery('sum(x)by(a)'), parseQuery('sum by (a) (x)'))
})
