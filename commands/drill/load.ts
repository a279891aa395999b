/** A load over all transports, whose acknowledgements go into a ledger. */
import { createHash, randomBytes } from 'node:crypto'
import { connectAsync } from 'mqtt'
import { Client } from '../../src/client/client.ts'
import { Controller } from '../../src/client/controller.ts'
import { formatTimestamp, type Micros } from '../../src/base/time.ts'
import type { Ledger } from './ledger.ts'

export interface Target {
  readonly url: string
  readonly mqttPort: number
  /** A key that may write in the folder. */
  readonly key: string
  /** An existing folder, which the load fills. */
  readonly folder: string
}

/** One sequence for each transport. */
export const SEQUENCES = ['rest', 'websocket', 'mqtt'] as const
/** Values of one request. */
const BATCH = 100
/** Files that are there at a time: the oldest is removed for good. */
const FILES = 20

/** Writes until it is told to stop, and waits for what is under way. @throws Error when a transport can't connect */
export async function runLoad(target: Target, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const client = new Client({ server: target.url, key: target.key })
  try {
    for (const name of SEQUENCES) await client.sequences.create(`${target.folder}/${name}`, { type: 'numeric' })
    await Promise.all([
      sendBatches(client, target, ledger, signal),
      sendByWebSocket(target, ledger, signal),
      sendByMqtt(target, ledger, signal),
      changeFiles(client, target, ledger, signal),
    ])
  } finally {
    client.close()
  }
}

/** Times in the past, each once: what was acknowledged is told apart from what comes later. */
function* times(): Generator<Micros, never> {
  for (let time = Date.UTC(2026, 0, 1) * 1000; ; time += 1_000) yield time
}

async function sendBatches(client: Client, { folder }: Target, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const path = `${folder}/rest`
  const next = times()
  while (!signal.aborted) {
    const facts = Array.from({ length: BATCH }, () => ({ kind: 'value' as const, path, time: next.next().value, value: Math.random() }))
    const values = facts.map(({ time, value }) => ({ path, timestamp: formatTimestamp(time), value }))
    await ledger.enter(facts, () => client.sequences.append(values))
  }
}

async function sendByWebSocket({ url, key, folder }: Target, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const path = `${folder}/websocket`
  const controller = new Controller({ server: url, key })
  const next = times()
  await controller.connect()
  while (!signal.aborted) {
    const fact = { kind: 'value' as const, path, time: next.next().value, value: Math.random() }
    await ledger.enter([fact], () => controller.update(path, fact.value, { timestamp: fact.time }))
  }
  await controller.close()
}

async function sendByMqtt({ mqttPort, key, folder }: Target, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const path = `${folder}/mqtt`
  const device = await connectAsync({ host: '127.0.0.1', port: mqttPort, username: 'key', password: key, reconnectPeriod: 0 })
  const next = times()
  while (!signal.aborted) {
    const fact = { kind: 'value' as const, path, time: next.next().value, value: Math.random() }
    const payload = `s,mqtt,${formatTimestamp(fact.time)},${fact.value}`
    await ledger.enter([fact], () => device.publishAsync(folder.slice(1), payload, { qos: 1 }))
  }
  await device.endAsync(true)
}

async function changeFiles(client: Client, { folder }: Target, ledger: Ledger, signal: AbortSignal): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    const path = `${folder}/file-${number}.bin`
    // Above and below what goes into the database.
    const content = randomBytes(number % 2 === 0 ? 2_000 : 100_000)
    const hash = createHash('sha1').update(content).digest('hex')
    await ledger.enter([{ kind: 'file', path, hash }], () => client.files.write(path, content))
    const old = `${folder}/file-${number - FILES}.bin`
    if (number >= FILES)
      await ledger.enter([{ kind: 'file', path: old, hash: undefined }], () => client.resources.remove(old, { purge: true }))
  }
}
