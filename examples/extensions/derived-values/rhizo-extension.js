/**
 * Derives the dew point from temperature and humidity: for each temperature, with the newest humidity that is not older than
 * TOLERANCE_SECONDS. What there was before is filled in at the first start, late values are computed again, and computing a value twice
 * gives the same value at the same time. The sequences of dew points have to be there (`rhizo seq create`), and ACTS_AS has to name
 * somebody who may write them.
 *
 *     EXTENSION_SETTINGS:
 *       derived-values:
 *         ACTS_AS: robot@example.com
 *         PAIRS:
 *           - { temperature: /lab/room/t, humidity: /lab/room/rh, dew_point: /lab/room/dew }
 * @type {import('rhizo/extension').Extension}
 */
export default {
  name: 'derived-values',
  version: '1.0.0',
  requires: { host: 1 },
  settings: {
    PAIRS: { default: [], meaning: 'Paths of sequences: a list of { temperature, humidity, dew_point }, in °C, % and °C.' },
    TOLERANCE_SECONDS: { default: 300, meaning: 'How old the humidity may be that a temperature is taken together with.' },
  },
  commands: {
    backfill: {
      summary: 'compute all dew points again',
      run: async ({ call, print }) => {
        const answer = await call('POST', '/backfill')
        print(`Computing ${answer.sequences.join(', ') || 'nothing: you may write none of them'}`, answer)
      },
    },
  },
  setup(host) {
    const pairs = host.settings.PAIRS.map(requirePair)
    const tolerance = host.settings.TOLERANCE_SECONDS * SECOND
    const work = host.work({
      name: 'dew points',
      everySeconds: 60,
      run: async () => {
        for (const pair of pairs) {
          if (!pair.isBegun) await begin(host, pair)
          if (pair.dirty) await computeSome(host, pair, tolerance)
        }
        return pairs.some(({ dirty }) => dirty !== undefined)
      },
    })
    host.onValues(
      ({ values, gap }) => {
        for (const pair of pairs) {
          if (gap) markDirty(pair, ALWAYS)
          for (const { path, time } of values) {
            if (path === pair.temperature) markDirty(pair, { start: time, end: time })
            if (path === pair.humidity) markDirty(pair, { start: time, end: time + tolerance })
          }
        }
        work.wake()
      },
      { paths: pairs.flatMap(({ temperature, humidity }) => [temperature, humidity]) },
    )
    host.api('POST', '/backfill', async ({ lab }) => {
      const sequences = []
      for (const pair of pairs) {
        if (!(await lab.mayWrite(pair.dew_point))) continue
        sequences.push(pair.dew_point)
        markDirty(pair, ALWAYS)
      }
      work.wake()
      return { sequences }
    })
  },
}

/** In microseconds, as all times. */
const SECOND = 1_000_000
/** What may have come while nobody looked, after a crash. */
const LOOK_BACK = 86_400 * SECOND
const STEP = 1_000
const ALWAYS = { start: undefined, end: undefined }

function requirePair(pair) {
  for (const member of ['temperature', 'humidity', 'dew_point'])
    if (typeof pair?.[member] !== 'string') throw new Error(`PAIRS: each pair needs a path as ${member}`)
  // What is to be computed: times from start to end; without an end for good.
  return { ...pair, dirty: undefined, isBegun: false }
}

function markDirty(pair, { start, end }) {
  const { dirty } = pair
  if (!dirty) pair.dirty = { start, end }
  else
    pair.dirty = {
      start: start === undefined || dirty.start === undefined ? undefined : Math.min(start, dirty.start),
      end: end === undefined || dirty.end === undefined ? undefined : Math.max(end, dirty.end),
    }
}

/** Goes on where it was when the server stopped, and looks back from there. */
async function begin(host, pair) {
  const done = await host.store.get(`done ${pair.dew_point}`)
  markDirty(pair, { start: typeof done === 'number' ? done - LOOK_BACK : undefined, end: undefined })
  pair.isBegun = true
}

/** One step: what is left stays dirty, and so does all of it when the step fails. */
async function computeSome(host, pair, tolerance) {
  const range = pair.dirty
  pair.dirty = undefined
  try {
    const temperatures = await host.lab.values(pair.temperature, { ...definedOf(range), limit: STEP })
    const [first, last] = [temperatures[0], temperatures.at(-1)]
    if (!first || !last) return
    const humidities = await readHumidities(host, pair, first.time - tolerance, last.time)
    // More humidities than one call gives: the rest in the next step.
    const known = humidities.isWhole ? last.time : Math.max(first.time, humidities.values.at(-1)?.time ?? first.time)
    const taken = temperatures.filter(({ time }) => time <= known)
    const before = new Map(
      (await host.lab.values(pair.dew_point, { start: first.time, end: known, limit: 10_000 })).map(({ time, value }) => [time, value]),
    )
    const news = derive(taken, humidities.values, tolerance).filter(({ time, value }) => before.get(time) !== value)
    await host.lab.store(news.map(({ time, value }) => ({ path: pair.dew_point, time, value })))
    await host.store.set(`done ${pair.dew_point}`, known)
    if (temperatures.length === STEP || taken.length < temperatures.length)
      markDirty(pair, { start: (taken.at(-1)?.time ?? first.time) + 1, end: range.end })
  } catch (error) {
    markDirty(pair, range)
    throw error
  }
}

const definedOf = (range) => Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined))

async function readHumidities(host, pair, start, end) {
  const values = await host.lab.values(pair.humidity, { start, end, limit: 10_000 })
  return { values, isWhole: values.length < 10_000 }
}

/** Dew points in °C, of temperatures with a humidity that is not too old. Both lists ascend. */
export function derive(temperatures, humidities, tolerance) {
  const found = []
  let at = -1
  for (const { time, value } of temperatures) {
    while (at + 1 < humidities.length && humidities[at + 1].time <= time) at++
    const humidity = humidities[at]
    if (!humidity || humidity.time < time - tolerance || !(humidity.value > 0)) continue
    found.push({ time, value: dewPoint(value, humidity.value) })
  }
  return found
}

/** By the Magnus formula, good from -45 to 60 °C. @param humidity relative, in % */
export function dewPoint(temperature, humidity) {
  const gamma = Math.log(humidity / 100) + (17.62 * temperature) / (243.12 + temperature)
  return Math.round(((243.12 * gamma) / (17.62 - gamma)) * 100) / 100
}
