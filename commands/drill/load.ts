/** A load over all transports, whose acknowledgements go into a ledger. */
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import { Client } from '../../src/client/client.ts'
import { Controller } from '../../src/client/controller.ts'
import { formatTimestamp, type Micros } from '../../src/base/time.ts'
import type { Fact, Ledger } from './ledger.ts'

export interface Target {
  readonly url: string
  readonly mqttPort: number
  /** A key that may write in the folder. */
  readonly key: string
  /** An existing folder, which the load fills. */
  readonly folder: string
}

/** Who makes the lab of a drill. */
export const ADMIN = { user: 'drill@example.com', password: 'only-for-this-drill' }

/** One sequence for each transport. */
export const SEQUENCES = ['rest', 'websocket', 'mqtt'] as const
/** Values of one request. */
const BATCH = 100
/** Files that are there at a time: the oldest is removed for good. */
const FILES = 20
/** Milliseconds for answers that are still to come at the end. */
const PATIENCE = 500
/** Milliseconds after a change that failed. */
const PAUSE = 20

/** What is sent goes on where it was when a run ends, so that one load can outlive many servers. */
export class Load {
  readonly #ledger: Ledger
  readonly #pause: number
  readonly #times = { rest: times(), websocket: times(), mqtt: times() }
  #nextFile = 0
  #hasSequences = false

  /** @param pause milliseconds that each transport waits after each of its changes */
  constructor(ledger: Ledger, pause = 0) {
    this.#ledger = ledger
    this.#pause = pause
  }

  /**
   * Writes until the signal, and gives what is under way then half a second for its answer: it may be a killed server's.
   * @throws Error when a transport can't connect, unless the signal came meanwhile
   */
  async run(target: Target, signal: AbortSignal): Promise<void> {
    const client = new Client({ server: target.url, key: target.key })
    try {
      if (!this.#hasSequences) for (const name of SEQUENCES) await client.sequences.create(`${target.folder}/${name}`, { type: 'numeric' })
      this.#hasSequences = true
      const sending = Promise.all([
        this.#sendBatches(client, target, signal),
        this.#sendByWebSocket(target, signal),
        this.#sendByMqtt(target, signal),
        this.#changeFiles(client, target, signal),
      ])
      // A publication or a handshake of a server that was killed is never answered, and never fails either.
      await Promise.race([sending, onAbort(signal, () => setTimeout(2 * PATIENCE))])
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      client.close()
    }
  }

  async #sendBatches(client: Client, { folder }: Target, signal: AbortSignal): Promise<void> {
    const path = `${folder}/rest`
    while (!signal.aborted) {
      const facts = Array.from({ length: BATCH }, () => valueOf(path, this.#times.rest))
      const values = facts.map(({ time, value }) => ({ path, timestamp: formatTimestamp(time), value }))
      await this.#enter(facts, () => client.sequences.append(values), signal)
    }
  }

  async #sendByWebSocket({ url, key, folder }: Target, signal: AbortSignal): Promise<void> {
    const path = `${folder}/websocket`
    const controller = new Controller({ server: url, key })
    // Until it is closed, it goes on trying to connect.
    const closed = onAbort(signal, () => controller.close({ timeout: PATIENCE }))
    await controller.connect()
    while (!signal.aborted) {
      const fact = valueOf(path, this.#times.websocket)
      await this.#enter([fact], () => controller.update(path, fact.value, { timestamp: fact.time }), signal)
    }
    await closed
  }

  async #sendByMqtt({ mqttPort, key, folder }: Target, signal: AbortSignal): Promise<void> {
    const path = `${folder}/mqtt`
    const device = await connectAsync({ host: '127.0.0.1', port: mqttPort, username: 'key', password: key, reconnectPeriod: 0 })
    const closed = onAbort(signal, () => device.endAsync(true))
    while (!signal.aborted) {
      const fact = valueOf(path, this.#times.mqtt)
      const payload = `s,mqtt,${formatTimestamp(fact.time)},${fact.value}`
      await this.#enter([fact], () => device.publishAsync(folder.slice(1), payload, { qos: 1 }), signal)
    }
    await closed
  }

  async #changeFiles(client: Client, { folder }: Target, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const number = this.#nextFile++
      const path = `${folder}/file-${number}.bin`
      // Above and below what goes into the database.
      const content = randomBytes(number % 2 === 0 ? 2_000 : 100_000)
      const hash = createHash('sha1').update(content).digest('hex')
      await this.#enter([{ kind: 'file', path, hash }], () => client.files.write(path, content), signal)
      const old = `${folder}/file-${number - FILES}.bin`
      if (number >= FILES)
        await this.#enter([{ kind: 'file', path: old, hash: undefined }], () => client.resources.remove(old, { purge: true }), signal)
    }
  }

  /** Enters a change; after one that failed, the others have their turn, so that a server that is gone costs no processor. */
  async #enter(facts: readonly Fact[], change: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
    const pause = (await this.#ledger.enter(facts, change)) ? this.#pause : PAUSE
    if (pause > 0 && !signal.aborted) await setTimeout(pause)
  }
}

/** Calls at the abort, once. @returns when that is done; an error is none of the load's: what it closes may be a killed server's */
const onAbort = (signal: AbortSignal, call: () => Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => resolve()
    signal.addEventListener('abort', () => void call().then(done, done), { once: true })
  })

const valueOf = (path: string, times: Iterator<Micros, never>): Extract<Fact, { kind: 'value' }> => ({
  kind: 'value',
  path,
  time: times.next().value,
  value: Math.random(),
})

/** Times in the past, each once: what was acknowledged is told apart from what comes later. */
function* times(): Generator<Micros, never> {
  for (let time = Date.UTC(2026, 0, 1) * 1000; ; time += 1_000) yield time
}
