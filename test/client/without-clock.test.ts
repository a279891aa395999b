/** Devices without a clock, by the client library, the examples and each way in: a counter and the server's clock give the times. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from '../../src/client/client.ts'
import { Controller } from '../../src/client/controller.ts'
import { ValueSender } from '../../src/client/value-sender.ts'
import { formatTimestamp, SECOND, type Micros } from '../../src/base/time.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect, type Peer } from '../support/peer.ts'

const run = promisify(execFile)
const example = (name: string): string => join(fileURLToPath(new URL('../../..', import.meta.url)), 'examples', name)

const PATH = '/lab/fridge/temperature'

async function readings(lab: Lab, path = PATH): Promise<[value: number, time: Micros][]> {
  const { timestamps, values } = (await lab.get(`/resources${path}`, { count: 1000 })).json as { timestamps: number[]; values: string[] }
  return values.map((value, at) => [Number(value), Math.round((timestamps[at] ?? 0) * SECOND)])
}

const near = (time: Micros | undefined, wanted: Micros): void =>
  assert.ok(time !== undefined && Math.abs(time - wanted) < 2 * SECOND, `${time} is not near ${wanted}`)

test('the library dates values by its counter while the clock was never set, and through an outage', async (t) => {
  const folder = await makeFolder(t)
  const clock = new FakeClock()
  const lab = await startLab(t, { folder, clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  let ticks = 50 * SECOND
  let wall = 100 * SECOND
  const pass = (seconds: number): void => {
    ticks += seconds * SECOND
    wall += seconds * SECOND
    clock.advance(seconds)
  }
  const controller = new Controller({
    server: lab.url,
    key: fridge.key,
    longestWait: 200,
    watchdogInterval: 0,
    clock: { now: () => wall, monotonic: () => ticks },
  })
  t.after(async () => controller.close({ timeout: 0 }))
  const times = [clock.time]
  await controller.update('temperature', 1)
  pass(100)
  times.push(clock.time)
  await controller.updateMany({ temperature: 2 })
  pass(100)
  await lab.stop()
  const waiting: Promise<void>[] = []
  for (const value of [3, 4]) {
    times.push(clock.time)
    waiting.push(controller.update('temperature', value))
    pass(600)
  }
  const again = await startLab(t, { folder, clock, settings: { PORT: Number(new URL(lab.url).port) } })
  await Promise.all(waiting)
  // From here on its clock is right, and is believed.
  wall = clock.time
  times.push(clock.time)
  await controller.update('temperature', 5)
  const found = await readings(again)
  assert.deepEqual(
    found.map(([value]) => value),
    [1, 2, 3, 4, 5],
  )
  found.forEach(([, time], at) => near(time, times[at] ?? 0))
})

test('lines of "seq update -" are dated by the counter while the clock was never set, and by the clock once it is', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  let [ticks, wall, told] = [50 * SECOND, 100 * SECOND, 0]
  const client = new Client({ server: lab.url, key: fridge.key })
  t.after(() => client.close())
  const counted = { clock: { now: () => wall, monotonic: () => ticks }, onCounted: () => void told++ }
  const send = async (...values: [value: string, timestamp?: string][]): Promise<unknown> => {
    const sender = new ValueSender(client.sequences, PATH, counted)
    for (const [at, [value, timestamp]] of values.entries()) sender.push(at + 1, value, timestamp)
    return sender.end()
  }
  const start = clock.time
  assert.deepEqual(await send(['1'], ['2', '2026-01-30T12:00:00Z'], ['3']), { stored: 3, repeated: 0, expired: 0, refused: 0 })
  ticks += 60 * SECOND
  clock.advance(60)
  wall = clock.time
  await send(['4'])
  const found = await readings(lab)
  assert.deepEqual(
    found.map(([value]) => value),
    [2, 1, 3, 4],
  )
  found.slice(1).forEach(([, time], at) => near(time, [start, start, start + 60 * SECOND][at] ?? 0))
  assert.equal(told, 1)
})

test('with the key of a person the counter is refused by name, line by line', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  const client = new Client({ server: lab.url, key: lab.key })
  t.after(() => client.close())
  const refused: string[] = []
  const sender = new ValueSender(client.sequences, PATH, {
    clock: { now: () => 0, monotonic: () => SECOND },
    onRefused: (line, message) => refused.push(`${line}: ${message}`),
  })
  sender.push(1, '1')
  sender.push(2, '2', '2026-01-30T12:00:00Z')
  assert.deepEqual(await sender.end(), { stored: 1, repeated: 0, expired: 0, refused: 1 })
  assert.match(refused.join(), /^1: .*controller/)
})

test('WebSocket and MQTT take a counter in place of a time; sent again, a value has the same time, and subscribers hear it', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const listener = await connect(t, lab, lab.key)
  await listener.subscribe('/lab/fridge')
  const socket = await connect(t, lab, fridge.key)
  const start = clock.time
  const one = { sequence: 'temperature', value: 1, monotonic: 40, monotonic_now: 100, boot: 'a' }
  await socket.tell('update_sequence', one)
  await socket.tell('update_sequence', one)
  await socket.tell('update', { temperature: 2, $monotonic: 70.5, $monotonic_now: 100, $boot: 'a' })
  const device = await connectDevice(t, lab, fridge.key)
  const three = { update: { temperature: 3, $monotonic: 80, $monotonic_now: 100, $boot: 'a' } }
  for (let at = 0; at < 2; at++) await device.publish('lab/fridge', three, { qos: 1 })
  assert.deepEqual(await readings(lab), [
    [1, start - 60 * SECOND],
    [2, start - 29.5 * SECOND],
    [3, start - 20 * SECOND],
  ])
  const told = await listener.hear('update')
  assert.deepEqual(told.parameters, { $t: formatTimestamp(start - 29.5 * SECOND), temperature: 2 })
})

test('a counter that can not be is refused with its reason, by each way in, and stores nothing', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const socket = await connect(t, lab, fridge.key)
  const person = await connect(t, lab, lab.key)
  const refused = async (peer: Peer, type: string, parameters: object): Promise<string> => {
    const { type: kind, parameters: told } = await peer.ask(type, parameters)
    assert.equal(kind, 'error')
    return String(told['message'])
  }
  const value = { sequence: 'temperature', value: 1 }
  assert.match(await refused(socket, 'update_sequence', { ...value, monotonic: 5 }), /monotonic and monotonic_now go together/)
  assert.match(await refused(socket, 'update_sequence', { ...value, monotonic: 5, monotonic_now: 4, boot: 'a' }), /is -1 seconds/)
  assert.match(await refused(socket, 'update_sequence', { ...value, monotonic: '5', monotonic_now: 9 }), /must be a number of seconds/)
  assert.match(
    await refused(socket, 'update_sequence', { ...value, monotonic: 5, monotonic_now: 9, timestamp: 1_700_000_000 }),
    /two times of the same value/,
  )
  assert.match(
    await refused(socket, 'update', { temperature: 1, $monotonic: 5, $monotonic_now: 4 }),
    /\$monotonic_now less \$monotonic is -1 seconds/,
  )
  assert.match(
    await refused(person, 'update_sequence', { ...value, sequence: PATH, monotonic: 5, monotonic_now: 9, boot: 'a' }),
    /controller's key/,
  )
  const post = (caller: Caller, query: string): Promise<Response> =>
    fetch(`${lab.url}/api/v1/sequences/values?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${caller.key}`, 'content-type': 'text/csv' },
      body: `path,timestamp,value\n${PATH},5,1\n`,
    })
  assert.equal((await post(lab, 'boot=a&monotonic_now=9')).status, 400, "a user's key")
  assert.equal((await post(fridge, 'boot=a')).status, 400)
  assert.equal((await post(fridge, 'monotonic_now=9')).status, 400)
  assert.deepEqual(await readings(lab), [])
})

test('a batch of counted rows gets its times, rows that can not be are named, and sent again it doubles nothing', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const start = clock.time
  const send = async (now: number): Promise<unknown> => {
    const reply = await fetch(`${lab.url}/api/v1/sequences/values?boot=a&monotonic_now=${now}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fridge.key}`, 'content-type': 'application/json' },
      body: JSON.stringify([
        { path: PATH, timestamp: 10, value: 1 },
        { path: PATH, timestamp: 20.25, value: 2 },
        { path: PATH, timestamp: '30', value: 3 },
        { path: PATH, timestamp: 1_700_000_000, value: 4 },
        { path: PATH, timestamp: '2026-01-31T12:00:00Z', value: 5 },
      ]),
    })
    assert.equal(reply.status, 200)
    const { stored, repeated, refused, errors } = (await reply.json()) as Record<string, unknown>
    return { stored, repeated, refused, first: (errors as { message: string }[])[0]?.message }
  }
  const first = 'timestamp is "1700000000"; with boot and monotonic_now it must be seconds of the same counter, at most 50.'
  assert.deepEqual(await send(50), { stored: 3, repeated: 0, refused: 2, first })
  clock.advance(7)
  assert.deepEqual(await send(57), { stored: 0, repeated: 3, refused: 2, first: first.replace('50', '57') })
  assert.deepEqual(await readings(lab), [
    [1, start - 40 * SECOND],
    [2, start - 29.75 * SECOND],
    [3, start - 20 * SECOND],
  ])
})

test('the Python controller whose clock was never set sends its counter, through an outage, and doubles nothing', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const folder = await makeFolder(t)
  writeFileSync(join(folder, 'controller.py'), readFileSync(example('python/controller.py')))
  const script = `
import time
import controller as c
ticks, clock = [100.0], [100.0]
time.monotonic, time.time = (lambda: ticks[0]), (lambda: clock[0])
def wait(seconds):
    ticks[0] += seconds
    clock[0] += seconds
server = c.Server("${new URL(lab.url).host}", "${shelf.key}", False)
one = c.Controller(server, 60)
c.measure = lambda: iter([("load", ticks[0])])
one.take_reading()
wait(60)
one.take_reading()
store = server.store
def lost(*args):
    store(*args)
    raise OSError("the answer was lost")
server.store = lost
assert not one.send()
server.store = store
clock[0] = 1800000000.0
one.take_reading()
assert one.send()
`
  const { stderr } = await run('python3', ['-c', script], { cwd: folder })
  assert.match(stderr, /clock is not set: readings get their times by its counter/)
  const found = await readings(lab, `${shelf.path}/load`)
  assert.deepEqual(
    found.map(([value]) => value),
    [100, 160],
  )
  near(found[0]?.[1], (Date.now() / 1000 - 60) * SECOND)
  near(found[1]?.[1], Date.now() * 1000)
})

test('the shell controller whose clock was never set sends its counter, and puts aside what has no time', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const cwd = await makeFolder(t)
  const env = {
    PATH: `${cwd}${delimiter}${process.env['PATH']}`,
    RHIZO_SERVER_NAME: new URL(lab.url).host,
    RHIZO_SECRET_KEY: shelf.key,
    FOLDER: shelf.path,
    INTERVAL: '1',
    COUNT: '2',
  }
  writeFileSync(join(cwd, 'date'), '#!/bin/sh\necho 1234\n')
  chmodSync(join(cwd, 'date'), 0o755)
  const timeless = `${shelf.path}/load,1600000000,7,0123-abc,1599999000`
  writeFileSync(join(cwd, 'spool.csv'), `${timeless}\n`)
  const began = Date.now() / 1000
  const { stderr } = await run(example('shell/controller.sh'), { cwd, env })
  assert.match(stderr, /readings of an earlier boot without a clock were put aside/)
  assert.match(readFileSync(join(cwd, 'spool.csv.aside'), 'utf8'), new RegExp(`^${timeless},measured in an earlier boot`))
  const times = (await readings(lab, `${shelf.path}/load`)).map(([, time]) => time / SECOND)
  assert.ok(times.length > 0 && times.every((time) => time > began - 3 && time < Date.now() / 1000 + 3), times.join())
})
