/** SIGKILL under a load of MQTT values: what was acknowledged is stored once, and reaches a subscriber whose session is kept. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import mqtt, { type IConnackPacket, type MqttClient } from 'mqtt'
import { emptyLab, type CommandLineLab } from '../support/command-line.ts'
import { waitFor } from '../support/waiting.ts'

/** KILLS=1000 for a night of them. */
const ROUNDS = Number(process.env['KILLS'] ?? 8)
const DEVICES = 3
/** Values that a device has sent and not seen acknowledged. */
const WINDOW = 30

interface Publisher {
  client: MqttClient
  name: string
  sent: number
  /** Values that the server acknowledged. */
  acknowledged: Set<number>
}

const timeOf = (n: number): string => new Date(Date.UTC(2026, 0, 31) + n * 1_000).toISOString()

/** A client that comes back by itself, and sends again what was not acknowledged. */
function connect(t: TestContext, lab: CommandLineLab, key: string, clientId: string, clean: boolean): MqttClient {
  const client = mqtt.connect(`ws://127.0.0.1:${lab.port}/mqtt`, { username: 'key', password: key, clientId, clean, reconnectPeriod: 50 })
  t.after(() => client.end(true))
  client.on('error', () => {})
  client.setMaxListeners(0)
  return client
}

async function readAll(lab: CommandLineLab, name: string): Promise<number[]> {
  const client = await lab.client()
  const values: number[] = []
  for await (const { value } of client.sequences.read(`/lab/${name}/value`)) values.push(Number(value))
  return values
}

test(`values acknowledged over MQTT are stored once and delivered after SIGKILL, ${ROUNDS} times`, async (t) => {
  const lab = await emptyLab(t)
  Object.assign(lab.env, { RHIZO_SERVER_MQTT_TCP_PORT: '0', RHIZO_SERVER_MQTT_MAX_QUEUED: '100000' })
  await lab.run('init-db')
  const { secret_key: key } = (await lab.json('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab')) as {
    secret_key: string
  }
  await lab.startServer()
  const publishers: Publisher[] = []
  for (let n = 0; n < DEVICES; n++) {
    const name = `device-${n}`
    await lab.run('controller', 'create', `/lab/${name}`)
    await lab.run('seq', 'create', `/lab/${name}/value`, '--type', 'numeric')
    publishers.push({ client: connect(t, lab, key, name, true), name, sent: 0, acknowledged: new Set() })
  }
  const heard = new Set<string>()
  const greetings: IConnackPacket[] = []
  const panel = connect(t, lab, key, 'panel', false)
  panel.on('connect', (greeting) => greetings.push(greeting))
  panel.on('message', (topic, payload) => heard.add(`${topic} ${payload.toString()}`))
  await panel.subscribeAsync('lab/+', { qos: 1 })

  const payloadOf = (n: number): string => `s,value,${timeOf(n)},${n}`
  let [total, enough] = [0, Number.POSITIVE_INFINITY]
  let isEnough = (): void => {}
  let running = true
  const give = (publisher: Publisher, n: number): void => {
    publisher.client.publish(`lab/${publisher.name}`, payloadOf(n), { qos: 1 }, (error) => {
      // The client library gave it up with its connection: a device sends it again on the next.
      if (error) {
        publisher.client.once('connect', () => give(publisher, n))
        return
      }
      publisher.acknowledged.add(n)
      if (++total >= enough) isEnough()
      if (running) give(publisher, publisher.sent++)
    })
  }
  for (const publisher of publishers) for (let n = 0; n < WINDOW; n++) give(publisher, publisher.sent++)
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise<void>((resolve) => {
      isEnough = resolve
      enough = total + 50 + Math.floor(Math.random() * 500)
    })
    await lab.stopServer('SIGKILL')
    const acknowledged = publishers.map((publisher) => [...publisher.acknowledged])
    await lab.startServer()
    for (const [at, { name }] of publishers.entries()) {
      const stored = new Set(await readAll(lab, name))
      assert.deepEqual(
        (acknowledged[at] ?? []).filter((n) => !stored.has(n)),
        [],
        `round ${round}, ${name}`,
      )
    }
  }
  running = false
  await waitFor('all that was sent is acknowledged', () => publishers.every(({ sent, acknowledged }) => acknowledged.size === sent))
  for (const { name, sent } of publishers)
    assert.deepEqual(
      await readAll(lab, name),
      Array.from({ length: sent }, (_, n) => n),
      `${name} has each value once`,
    )
  await waitFor('the subscriber has all of it', () =>
    publishers.every(({ name, sent }) => Array.from({ length: sent }, (_, n) => n).every((n) => heard.has(`lab/${name} ${payloadOf(n)}`))),
  )
  assert.ok(greetings.length > ROUNDS / 2)
  assert.ok(
    greetings.slice(1).every(({ sessionPresent }) => sessionPresent),
    'its session was there each time',
  )
  t.diagnostic(`${total} values acknowledged, ${greetings.length} connections of the subscriber`)
})
