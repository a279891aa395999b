/** Whatever is long leaves the event loop to others meanwhile: by a clock that moves with the work, not with the machine. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodePoints } from '../../src/exports/value-lines.ts'
import { Turns } from '../../src/base/turns.ts'
import { openEngine } from '../../src/open-engine.ts'
import { streamValues } from '../../src/sequences/sequences.ts'
import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER, SEQUENCE } from '../../src/wire/resource-types.ts'
import { startLab } from '../support/lab.ts'

/** A clock that is a millisecond later each time that work looks at it. */
class CountedTurns extends Turns {
  yields = 0

  constructor() {
    let now = 0
    super({ now: () => now++ })
  }

  override next(): Promise<void> {
    this.yields++
    return super.next()
  }
}

const VALUES = 60_000

test('exports, series, lists, searches and zips yield to the event loop as they go', async (t) => {
  const turns = new CountedTurns()
  const lab = await startLab(t, { openEngine: async (settings, options) => ({ ...(await openEngine(settings, options)), turns }) })
  const { ctx } = lab
  const sequence = await lab.sequence('/lab/fridge/temperature')
  const rows = Array.from({ length: VALUES }, (_, at) => ({
    sequence: { id: sequence.id, isText: false },
    time: at * 1_000_000,
    value: at / 8,
  }))
  await ctx.sequences.append(rows)
  const folder = { parent: lab.organization, name: 'many', type: BASIC_FOLDER }
  const parent = ctx.tree.add(await ctx.db.transaction().execute((tx) => insertResource(ctx, tx, folder)))
  const children = await ctx.db.transaction().execute(async (tx) => {
    const made = []
    for (let at = 0; at < 2_000; at++) {
      const [type, systemAttributes] = at % 2 === 0 ? [SEQUENCE, { data_type: 1 }] : [BASIC_FOLDER, {}]
      made.push(await insertResource(ctx, tx, { parent, name: `s${at}`, type, systemAttributes }))
    }
    return made
  })
  for (const child of children) ctx.tree.add(child)

  await t.test('no more than some thousand values of an export become text in one turn of the loop', async () => {
    const actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true } as const
    let [bytes, before, longest, isOver] = [0, 0, 0, false]
    const look = (): void => {
      longest = Math.max(longest, bytes - before)
      before = bytes
      if (!isOver) setImmediate(look)
    }
    setImmediate(look)
    const pages = streamValues(ctx, actor, sequence, { order: 'ascending', limit: Number.POSITIVE_INFINITY })
    for await (const chunk of ReadableStream.from(encodePoints(turns, 'csv', pages))) bytes += chunk.length
    isOver = true
    assert.ok(bytes > 20 * VALUES)
    assert.ok(longest <= bytes / 10, `${longest} of ${bytes} bytes in one turn`)
  })

  const value = '/resources/lab/fridge/temperature'
  const path = '/lab/fridge/temperature'
  const ids = { download: 1, ids: String(parent.id) }
  for (const [what, address, parameters, least] of [
    ['values as CSV', value, { format: 'csv' }, 20],
    ['values as JSON lines', value, { format: 'ndjson' }, 20],
    ['values as one JSON', value, { count: VALUES }, 20],
    ['values of old CSV', value, { count: VALUES, download: 1 }, 20],
    ['stretches as JSON', value, { max_points: 20_000 }, 10],
    ['a shape', value, { max_points: 20_000, aggregate: 'lttb' }, 10],
    ['a series as JSON', '/sequences/series', { path, max_points: 50_000 }, 8],
    ['a series as CSV', '/sequences/series', { path, max_points: 50_000, format: 'csv' }, 8],
    ['a list', '/resources/lab', { recursive: 1 }, 4],
    ['a list with newest values', '/resources/lab/many', { newest: 1, extended: 1 }, 200],
    ['all of a type', '/resources', { type: 'sequence', extended: 1 }, 200],
    ['a search', '/search', { q: 's' }, 10],
    ['a zip', '/resources/lab', ids, 200],
  ] as const)
    await t.test(what, async () => {
      turns.yields = 0
      const { status, bytes } = await lab.get(address, parameters)
      assert.equal(status, 200)
      assert.ok(bytes.length > 1_000)
      assert.ok(turns.yields >= least, `only ${turns.yields} turns`)
    })
})

test('others have their turn between the steps of a large JSON body, and a small one waits for nobody', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const turns = t.mock.method(lab.ctx.turns, 'next')
  for (const path of ['/api/v1/resources/lab/fridge/temperature', '/api/v1/ingest/lab/fridge'])
    for (const [names, least, most] of [
      [10, 0, 0],
      [9_000, 2, Number.POSITIVE_INFINITY],
    ] as const) {
      turns.mock.resetCalls()
      const more = Array.from({ length: names }, (_, at): [string, number] => [`a name that is said ${at}`, at])
      const reply = await fetch(lab.url + path, {
        method: path.includes('ingest') ? 'POST' : 'PUT',
        headers: { authorization: `Bearer ${fridge.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(Object.fromEntries([['temperature', 4.5], ...more])),
      })
      await reply.arrayBuffer()
      const count = turns.mock.callCount()
      assert.ok(count >= least && count <= most, `${path} with ${names} names: ${count} turns`)
    }
})

test('of a long import only so many values are told to subscribers in one turn of the loop, in their order', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/fridge/temperature')
  const count = 5_000
  const heard: number[] = []
  let [inTurn, longest, isOver] = [0, 0, false]
  const look = (): void => {
    longest = Math.max(longest, inTurn)
    inTurn = 0
    if (!isOver) setImmediate(look)
  }
  // As long as telling many subscribers takes.
  lab.ctx.hub.tap({
    deliver: ({ parameters }) => {
      for (const end = performance.now() + 0.1; performance.now() < end; );
      heard.push(Number((parameters as { value: string }).value))
      inTurn++
    },
  })
  look()
  const rows = Array.from({ length: count }, (_, at) => ({ path: '/lab/fridge/temperature', timestamp: 1_000_000 + at, value: at }))
  const reply = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  })
  isOver = true
  assert.deepEqual(await reply.json(), { status: 'ok', stored: count, repeated: 0, refused: 0, errors: [] })
  assert.deepEqual(
    heard,
    rows.map(({ value }) => value),
  )
  assert.ok(longest <= count / 5, `${longest} of ${count} values in one turn`)
})
