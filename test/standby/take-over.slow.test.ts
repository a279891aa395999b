/** A standby takes over a lab that was killed while controllers send; two servers are never both the lab. */
import { connectAsync } from 'mqtt'
import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '../../src/client/client.ts'
import { Controller } from '../../src/client/controller.ts'
import type { CommandLineLab } from '../support/command-line.ts'
import { call, healthOf, put, startPair, urlOf, waitUntilFollowed } from '../support/standby.ts'
import { waitFor } from '../support/waiting.ts'

const CONTROLLERS = 20

interface Acknowledged {
  readonly value: number
  /** When it was acknowledged, ISO 8601. */
  readonly at: string
}

/** Sends one value after the other until the server is gone. @returns what was acknowledged */
type Sender = (lab: CommandLineLab, key: string, path: string, ledger: Acknowledged[]) => Promise<() => void>

const overHttp: Sender = async (lab, key, path, ledger) => {
  let isOver = false
  const send = async (): Promise<void> => {
    for (let value = 0; !isOver; value++) {
      const reply = await put(lab, key, path, value)
      if (reply.status === 200) ledger.push({ value, at: new Date().toISOString() })
      await pause(20)
    }
  }
  send().catch(() => {})
  return () => (isOver = true)
}

const overWebSocket: Sender = async (lab, key, path, ledger) => {
  const controller = new Controller({ server: urlOf(lab), key })
  await controller.connect()
  let isOver = false
  const send = async (): Promise<void> => {
    for (let value = 0; !isOver; value++) {
      await controller.update(path, value)
      ledger.push({ value, at: new Date().toISOString() })
      await pause(20)
    }
  }
  send().catch(() => {})
  return () => {
    isOver = true
    controller.close().catch(() => {})
  }
}

const overMqtt: Sender = async (lab, key, path, ledger) => {
  const url = `${urlOf(lab).replace('http', 'ws')}/mqtt`
  const client = await connectAsync(url, { username: 'key', password: key, reconnectPeriod: 0 })
  client.on('error', () => {})
  let isOver = false
  const send = async (): Promise<void> => {
    for (let value = 0; !isOver; value++) {
      await client.publishAsync(path.slice(1), String(value), { qos: 1 })
      ledger.push({ value, at: new Date().toISOString() })
      await pause(20)
    }
  }
  send().catch(() => {})
  return () => {
    isOver = true
    client.end(true)
  }
}

const SENDERS = [overHttp, overWebSocket, overMqtt]

interface Load {
  readonly key: string
  readonly path: string
  readonly sender: Sender
  readonly ledger: Acknowledged[]
}

async function startLoad(leader: CommandLineLab, key: string): Promise<{ loads: Load[]; stop: () => void }> {
  const client = new Client({ server: urlOf(leader), key })
  const loads: Load[] = []
  for (let at = 0; at < CONTROLLERS; at++) {
    const folder = `/test-org/c${at}`
    const id = await client.resources.create(folder, 'controller_folder')
    const path = `${folder}/value`
    await client.sequences.create(path, { type: 'numeric' })
    loads.push({
      key: (await client.keys.createForController(id)).secret_key,
      path,
      sender: SENDERS[at % SENDERS.length] ?? overHttp,
      ledger: [],
    })
  }
  client.close()
  const stops = await Promise.all(loads.map(({ key: own, path, sender, ledger }) => sender(leader, own, path, ledger)))
  return {
    loads,
    stop: () => {
      for (const stop of stops) stop()
    },
  }
}

const valuesOf = async (lab: CommandLineLab, key: string, path: string): Promise<Set<number>> => {
  const reply = await call(lab, key, 'GET', `/resources${path}?count=100000`)
  const { values } = (await reply.json()) as { values: string[] }
  return new Set(values.map(Number))
}

test('a standby takes over a lab that was killed while 20 controllers send: nothing older than it said is missing', async (t) => {
  const { leader, standby, key } = await startPair(t)
  const { loads, stop } = await startLoad(leader, key)
  t.after(stop)
  await waitFor('all controllers have sent', () => loads.every(({ ledger }) => ledger.length > 20))
  await waitUntilFollowed(standby)
  assert.match((await standby.rhizo('standby', 'take-over')).stderr, /still answers.*--force/)
  await leader.stopServer('SIGKILL')
  stop()
  const began = performance.now()
  const taken = (await standby.json('standby', 'take-over')) as { epoch: number; point: string; lab: string }
  await waitFor('it serves as the lab', async () => (await healthOf(standby))?.role === 'lab')
  assert.ok(performance.now() - began < 60_000, 'it is the lab within a minute')
  assert.equal(taken.epoch, 1)
  for (const { path, ledger } of loads) {
    const there = await valuesOf(standby, key, path)
    const missing = ledger.filter(({ value }) => !there.has(value))
    assert.deepEqual(
      missing.filter(({ at }) => at < taken.point),
      [],
      `${path} has all that was acknowledged before ${taken.point}`,
    )
  }
  // Controllers go on with the same keys.
  for (const load of loads.slice(0, SENDERS.length)) {
    const more: Acknowledged[] = []
    const end = await load.sender(standby, load.key, load.path, more)
    await waitFor(`${load.path} goes on`, () => more.length > 3)
    end()
  }

  // The lab that was killed comes back: it asks before it accepts anything.
  await leader.startServer()
  const health = await healthOf(leader)
  assert.deepEqual([health?.role, health?.status], ['retired', 'error'])
  assert.match(health?.problems?.['lab'] ?? '', /Another server has taken this lab over/)
  const [first] = loads
  assert.equal((await put(leader, first?.key ?? '', first?.path ?? '', 7)).status, 503)
  // After another start too, also when the new lab is away.
  await leader.stopServer()
  await standby.stopServer()
  await leader.startServer()
  assert.equal((await healthOf(leader))?.role, 'retired')
  await standby.startServer()
  assert.equal((await healthOf(standby))?.role, 'lab')
  // And it can follow the new one.
  await leader.stopServer()
  assert.match((await leader.rhizo('standby', 'follow', urlOf(standby), '--key', key, '--setup')).stderr, /--over/)
  await leader.rhizo('standby', 'follow', urlOf(standby), '--url', urlOf(leader), '--key', key, '--setup', '--over')
  await leader.startServer()
  await waitUntilFollowed(leader)
  assert.deepEqual(await valuesOf(leader, key, first?.path ?? ''), await valuesOf(standby, key, first?.path ?? ''))
})
