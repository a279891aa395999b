import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Client } from '../../src/client/client.ts'
import { Controller } from '../../src/client/controller.ts'
import type { ControllerOptions } from '../../src/client/controller.ts'
import type { Fault } from '../../src/base/fault.ts'
import { startLab } from '../support/lab.ts'
import type { Lab } from '../support/lab.ts'

interface Scene {
  lab: Lab
  controller: Controller
  client: Client
  /** Starts the daemon again on the same folder and port. */
  restart: () => Promise<void>
}

/** A lab with the controller /lab/north, its sequences t and u, and a connection of the library. */
async function setScene(t: TestContext, options: Partial<ControllerOptions> = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-controller-'))
  t.after(async () => rm(folder, { recursive: true, force: true }))
  const lab = await startLab(t, { folder })
  const { key } = await lab.controller('north')
  await lab.sequence('/lab/north/t')
  await lab.sequence('/lab/north/u')
  const controller = new Controller({ server: lab.url, key, longestWait: 300, ...options })
  const client = new Client({ server: lab.url, key: lab.key })
  t.after(async () => {
    client.close()
    await controller.close({ timeout: 0 })
  })
  const port = new URL(lab.url).port
  const restart = async (): Promise<void> => {
    await startLab(t, { folder, settings: { PORT: Number(port) } })
  }
  return { lab, controller, client, restart }
}

async function valuesOf(client: Client, path: string): Promise<(number | string)[]> {
  return (await client.sequences.last(path, 1000)).map(({ value }) => value)
}

test('values that wait while the clock is set move along, and one that is set back stamps no time that is to come', async (t) => {
  const START = Date.UTC(2026, 0, 31, 12) * 1000
  let [time, ticks] = [100_000_000, 0]
  const pass = (seconds: number): void => {
    time += seconds * 1e6
    ticks += seconds * 1e6
  }
  const { controller, client } = await setScene(t, { clock: { now: () => time, monotonic: () => ticks } })
  // A machine that boots in 1970 measures before it has a connection, and learns the time meanwhile.
  const sent = [controller.update('t', 1)]
  pass(1)
  sent.push(controller.update('t', 2), controller.update('t', 9, { timestamp: '2026-01-30T00:00:00Z' }))
  pass(1)
  time = START
  sent.push(controller.updateMany({ t: 3 }))
  await Promise.all(sent)
  pass(10)
  time -= 3_600e6
  await controller.update('t', 4)
  assert.deepEqual(
    (await client.sequences.last('/lab/north/t', 10)).map(({ timestamp, value }) => `${timestamp} ${value}`),
    ['2026-01-30T00:00:00Z 9', '2026-01-31T11:00:10Z 4', '2026-01-31T11:59:58Z 1', '2026-01-31T11:59:59Z 2', '2026-01-31T12:00:00Z 3'],
  )
})

test('an update resolves when the value is stored, and keeps its own time', async (t) => {
  const { controller, client } = await setScene(t)
  await controller.connect()
  await controller.update('t', 21.5, { timestamp: new Date('2026-01-31T12:00:00Z') })
  await controller.update('/lab/north/t', 22)
  await controller.updateMany({ t: 23, u: 5 })
  const [first, ...others] = await client.sequences.last('/lab/north/t', 10)
  assert.deepEqual(first, { timestamp: '2026-01-31T12:00:00Z', value: 21.5 })
  assert.deepEqual(
    others.map(({ value }) => value),
    [22, 23],
  )
  assert.deepEqual(await valuesOf(client, '/lab/north/u'), [5])
})

test('a refused update rejects, is an event too, and harms nothing when nobody waits for it', async (t) => {
  const { controller } = await setScene(t)
  await controller.connect()
  const refused = once(controller, 'refused') as Promise<[Fault]>
  void controller.update('t', 'warm')
  assert.match((await refused)[0].message, /warm/)
  await assert.rejects(controller.update('nowhere', 1), { name: 'Fault' })
  assert.equal(controller.queued, 0)
})

test('what was measured during an outage arrives afterwards, once and in order', async (t) => {
  const { lab, controller, client, restart } = await setScene(t)
  await controller.connect()
  await controller.update('t', 0)
  await lab.stop()
  const waiting = Array.from({ length: 500 }, async (_, at) => controller.update('t', at + 1))
  assert.equal(controller.queued, 500)
  await restart()
  await Promise.all(waiting)
  assert.deepEqual(
    await valuesOf(client, '/lab/north/t'),
    Array.from({ length: 501 }, (_, at) => at),
  )
})

test('subscriptions come back after a restart', async (t) => {
  const { lab, controller, restart } = await setScene(t)
  const other = new Controller({ server: lab.url, key: lab.key, longestWait: 300 })
  t.after(async () => other.close({ timeout: 0 }))
  const heard: unknown[] = []
  let tell = (): void => {}
  controller.subscribe('self', (message) => {
    heard.push([message.type, message.parameters])
    tell()
  })
  await Promise.all([controller.connect(), other.connect()])
  const first = new Promise<void>((resolve) => (tell = resolve))
  await other.send('blink', { times: 1 }, { folder: '/lab/north' })
  await first
  const back = Promise.all([once(controller, 'connect'), once(other, 'connect')])
  await lab.stop()
  await restart()
  await back
  const second = new Promise<void>((resolve) => (tell = resolve))
  await other.send('blink', { times: 2 }, { folder: '/lab/north' })
  await second
  assert.deepEqual(heard, [
    ['blink', { times: 1 }],
    ['blink', { times: 2 }],
  ])
})

test('a full queue gives up its oldest messages, and says which', async (t) => {
  const { controller, client } = await setScene(t, { maxQueued: 3 })
  const dropped: unknown[] = []
  controller.on('drop', (message) => dropped.push(message.parameters.value))
  const results = [1, 2, 3, 4, 5].map((value) => controller.update('t', value))
  await controller.connect()
  const outcomes = await Promise.allSettled(results)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
  )
  assert.deepEqual(dropped, [1, 2])
  assert.deepEqual(await valuesOf(client, '/lab/north/t'), [3, 4, 5])
})

test('closing waits until everything is acknowledged', async (t) => {
  const { controller, client } = await setScene(t)
  await controller.connect()
  for (let at = 0; at < 1000; at++) void controller.update('t', at)
  assert.equal(await controller.close(), 0)
  assert.equal((await valuesOf(client, '/lab/north/t')).length, 1000)
})

test('a wrong key is refused for good, and a revoked one ends the connection', async (t) => {
  const { lab, controller, client } = await setScene(t)
  const stranger = new Controller({ server: lab.url, key: 'RHIZOWRONG' })
  await assert.rejects(stranger.connect(), { code: 'unauthenticated' })
  await assert.rejects(stranger.update('t', 1), { code: 'unauthenticated' })

  await controller.connect()
  const rejected = once(controller, 'rejected') as Promise<[Fault]>
  const { id } = await client.resources.info('/lab/north')
  for (const key of await client.keys.list({ controllerId: id })) await client.keys.revoke(key.id)
  assert.equal((await rejected)[0].code, 'unauthenticated')
})
