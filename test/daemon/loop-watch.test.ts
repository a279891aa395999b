/** Who holds the event loop is measured, counted by route, and told in the log. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import test from 'node:test'
import { WebSocket } from 'ws'
import { LoopWatch } from '../../daemon/loop-watch.ts'
import { silentLog } from '../../src/base/log.ts'
import { startLab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

interface Held {
  route: string
  ms: number
}

function startWatch(): { watch: LoopWatch; held: Held[]; lines: string[]; pass: (ms: number) => void } {
  let time = 0
  const held: Held[] = []
  const lines: string[] = []
  const log = { ...silentLog, warn: (fields: object, text: string) => void lines.push(`${JSON.stringify(fields)} ${text}`) }
  const watch = new LoopWatch({ log, onHeld: (route, ms) => held.push({ route, ms }), now: () => time })
  return { watch, held, lines, pass: (ms) => (time += ms) }
}

test('a stretch lasts until the loop turns or another request works, and counts for the one whose it is', async () => {
  const { watch, held, lines, pass } = startWatch()
  const first = watch.begin('GET /a')
  pass(70)
  const second = watch.begin('GET /a')
  pass(5)
  watch.works(second)
  pass(6)
  watch.works({ route: 'mqtt' })
  pass(30)
  await setImmediate()
  pass(1_000)
  watch.works(first)
  pass(55)
  watch.works(first)
  pass(5)
  await setImmediate()
  assert.deepEqual(held, [
    { route: 'GET /a', ms: 70 },
    { route: 'GET /a', ms: 11 },
    { route: 'mqtt', ms: 30 },
    { route: 'GET /a', ms: 60 },
  ])
  assert.equal(lines.length, 1, 'one line a minute for a route')
  assert.match(lines[0] ?? '', /"route":"GET \/a","held_ms":70/)
  pass(60_000)
  watch.works(first)
  pass(80)
  await setImmediate()
  assert.match(lines[1] ?? '', /"held_ms":80,"more_since_last_line":1/)
})

test('what is held by none that said so is put down to the only route under way, else to other', async () => {
  const { watch, held, lines, pass } = startWatch()
  const look = (late: number): void => {
    pass(20 + late)
    watch.look()
  }
  look(30)
  assert.deepEqual(held, [])
  look(60)
  const slow = watch.begin('PUT /slow')
  await setImmediate()
  look(90)
  watch.begin('GET /b')
  await setImmediate()
  look(100)
  watch.end(slow)
  look(0)
  look(120)
  assert.deepEqual(held, [
    { route: 'other', ms: 60 },
    { route: 'PUT /slow', ms: 90 },
    { route: 'other', ms: 100 },
    { route: 'GET /b', ms: 120 },
  ])
  // What a stretch explains is not told twice.
  watch.works({ route: 'websocket' })
  pass(200)
  await setImmediate()
  look(0)
  assert.equal(held.length, 5)
  assert.match(lines.join('\n'), /"route":"other".*\n.*"route":"PUT \/slow"/)
})

test('a request, a body and a message that hold the loop are named by /metrics and the log', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { log })
  await lab.sequence('/lab/a')
  const find = lab.ctx.tree.find.bind(lab.ctx.tree)
  let spins = true
  t.mock.method(lab.ctx.tree, 'find', (path: string, field?: string) => {
    const until = performance.now() + 60
    while (spins && performance.now() < until);
    return find(path, field)
  })
  assert.equal((await lab.get('/sequences/info', { path: '/lab/a' })).status, 200)
  const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/api/v1/websocket`, { headers: { authorization: `Bearer ${lab.key}` } })
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'update_sequence', parameters: { sequence: '/lab/none', value: 1 } }))
  await once(socket, 'message')
  socket.close()
  spins = false
  const text = await (await fetch(`${lab.url}/metrics`)).text()
  assert.match(text, /rhizo_loop_held_seconds_count\{route="GET \/api\/v1\/sequences\/info"\} [1-9]/)
  assert.match(text, /rhizo_loop_held_seconds_count\{route="websocket"\} [1-9]/)
  assert.match(JSON.stringify(log.lines), /GET \/api\/v1\/sequences\/info.*the event loop was held/)
})

test('while nothing is under way the loop is looked at twice a second, and from the first request on as often as before', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { watch } = startWatch()
  const looks = t.mock.method(watch, 'look').mock
  const passes = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 20) t.mock.timers.tick(20)
  }
  await watch.start()
  passes(100)
  assert.equal(looks.callCount(), 5)
  passes(1_000)
  assert.equal(looks.callCount(), 7)
  watch.end(watch.begin('GET /a'))
  passes(100)
  assert.equal(looks.callCount(), 12)
  await watch.stop()
})
