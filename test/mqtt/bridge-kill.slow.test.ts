/** The daemon is killed while values come from an external broker: each is stored, and once. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { emptyLab } from '../support/command-line.ts'
import { noMosquitto, startMosquitto } from '../support/mosquitto.ts'
import { waitFor } from '../support/waiting.ts'

const ROUNDS = 5
const VALUES = 200

const timeOf = (n: number): string => new Date(Date.UTC(2026, 0, 31) + n * 1_000).toISOString()

test('values of an external broker are there once, however often the daemon is killed meanwhile', { skip: noMosquitto }, async (t) => {
  const broker = await startMosquitto(t, { lines: ['max_queued_messages 0'] })
  const lab = await emptyLab(t)
  Object.assign(lab.env, {
    RHIZO_SERVER_MQTT_HOST: '127.0.0.1',
    RHIZO_SERVER_MQTT_PORT: String(broker.port),
    RHIZO_SERVER_MQTT_ACTS_AS: 'admin@example.com',
    RHIZO_SERVER_MQTT_EMBEDDED: 'false',
  })
  await lab.run('init-db')
  await lab.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab')
  await lab.startServer()
  await lab.run('controller', 'create', '/lab/fridge')
  await lab.run('seq', 'create', '/lab/fridge/temperature', '--type', 'numeric')
  const stored = async (): Promise<number[]> => {
    const client = await lab.client()
    const values: number[] = []
    for await (const { value } of client.sequences.read('/lab/fridge/temperature')) values.push(Number(value))
    return values
  }
  const device = await broker.connect(t)
  await waitFor('values come in', async () => {
    await device.publish('lab/fridge', `s,temperature,${timeOf(0)},0`)
    return (await stored()).length > 0
  })
  let next = 1
  for (let round = 0; round < ROUNDS; round++) {
    const published = Array.from({ length: VALUES }, () => device.publish('lab/fridge', `s,temperature,${timeOf(next)},${next++}`))
    await Promise.race(published.slice(round * 30))
    await lab.stopServer('SIGKILL')
    await Promise.all(published)
    await lab.startServer()
  }
  const values = await waitFor('the last one is there', async () => {
    const all = await stored()
    return all.at(-1) === next - 1 && all
  })
  assert.deepEqual(
    values,
    Array.from({ length: next }, (_, n) => n),
  )
})
