/**
 * Whatever happens to daemons and their database under load, what one acknowledged is read at each of them from then on, once.
 * `CLUSTER_ROUNDS=40` for more.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startCluster, type Cluster, type ClusterMember } from '../support/cluster.ts'
import type { Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { findPostgres, launchPostgres, withoutPostgres, type PostgresServer } from '../support/postgres.ts'
import { waitFor } from '../support/waiting.ts'

const ROUNDS = Number(process.env['CLUSTER_ROUNDS'] ?? 3)
/** In this order, over and over; all that the load does between them is left to chance. */
const BLOWS = ['pause the leader', 'restart the database', 'kill the leader', 'end the leader', 'kill another', 'kill the leader']
/** Longer than after which another leads. */
const PAUSE_MS = 11_000
const ALL = { count: 100_000, start_timestamp: '2020-01-01T00:00:00Z' }

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** What the load was told. */
interface Ledger {
  readonly values: number[]
  readonly published: number[]
  /** Hashes of contents by name. */
  readonly files: Map<string, string>
  /** Reads that missed what had been acknowledged before they were asked. */
  readonly stale: string[]
  reads: number
}

class Load {
  readonly ledger: Ledger = { values: [], published: [], files: new Map(), stale: [], reads: 0 }
  readonly #cluster: Cluster
  readonly #t: TestContext
  /** Nobody asks a daemon that is paused. */
  readonly paused = new Set<ClusterMember>()
  #isOver = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(t: TestContext, cluster: Cluster) {
    this.#t = t
    this.#cluster = cluster
  }

  start(): void {
    const each = (step: () => Promise<boolean>): Promise<void> => this.#repeat(step)
    this.#running = Promise.all([
      this.#count((n) => this.#put(n)),
      each(() => this.#read()),
      this.#count((n) => this.#upload(n)),
      this.#publish(),
    ])
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
  }

  alive(): ClusterMember[] {
    return this.#cluster.members.filter((one) => one.child.exitCode === null && one.child.signalCode === null && !this.paused.has(one))
  }

  #any(): ClusterMember {
    const members = this.alive()
    const member = members[Math.floor(Math.random() * members.length)]
    assert.ok(member)
    return member
  }

  /** What could not be done, as while nobody leads, is not asked again at once. */
  async #repeat(step: () => Promise<boolean>): Promise<void> {
    while (!this.#isOver) if (!(await step().catch(() => false))) await pause(20)
  }

  #count(step: (n: number) => Promise<boolean>): Promise<void> {
    let n = 0
    return this.#repeat(() => step(++n))
  }

  async #put(n: number): Promise<boolean> {
    const { status } = await this.#any().at.put('/resources', { values: { '/lab/count': String(n) } })
    if (status === 200) this.ledger.values.push(n)
    return status === 200
  }

  async #read(): Promise<boolean> {
    const wanted = this.ledger.values.at(-1)
    const member = this.#any()
    const { status, json } = await member.at.get('/resources/lab/count', { count: 100 })
    if (status !== 200 || wanted === undefined) return false
    this.ledger.reads++
    const values = (json as { values: (string | number)[] }).values.map(Number)
    if (!values.includes(wanted)) this.ledger.stale.push(`${wanted} was not there, after ${values.at(-1)}`)
    return true
  }

  async #upload(n: number): Promise<boolean> {
    const content = randomBytes(500 + ((n * 7_919) % 40_000))
    const file = { path: '/lab', name: `${n}.bin`, type: 20, data: content.toString('base64') }
    const { status } = await this.#any().at.post('/resources', file)
    if (status === 200) this.ledger.files.set(file.name, hashOf(content))
    return false
  }

  async #publish(): Promise<void> {
    let n = 0
    await this.#repeat(async () => {
      const device = await connectDevice(this.#t, this.#any().at, this.#cluster.lab.key, { over: 'tcp' })
      const ended = device.closed.then(() => Promise.reject(new Error('the connection ended')))
      try {
        while (!this.#isOver) {
          await Promise.race([device.publish('lab/published', String(++n), { qos: 1 }), ended])
          this.ledger.published.push(n)
        }
      } finally {
        device.client.end(true)
        ended.catch(() => {})
      }
      return true
    })
  }
}

/** Afterwards there are as many daemons as before. */
async function strike(blow: string, cluster: Cluster, load: Load, server: PostgresServer): Promise<void> {
  const leader = await cluster.leader()
  const end = async ({ child }: ClusterMember, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal)
    await once(child, 'exit')
    await cluster.add()
  }
  if (blow === 'kill the leader') await end(leader, 'SIGKILL')
  else if (blow === 'end the leader') await end(leader, 'SIGTERM')
  else if (blow === 'kill another') {
    const other = load.alive().find((member) => member !== leader)
    assert.ok(other)
    await end(other, 'SIGKILL')
  } else if (blow === 'pause the leader') {
    load.paused.add(leader)
    leader.child.kill('SIGSTOP')
    await pause(PAUSE_MS)
    leader.child.kill('SIGCONT')
    load.paused.delete(leader)
  } else {
    await server.stop()
    await server.start()
  }
}

test('daemons that are killed, ended and paused, and a database that restarts: nothing acknowledged is lost, doubled or hidden', {
  skip: withoutPostgres(),
}, async (t) => {
  const server = await launchPostgres(findPostgres() ?? '')
  t.after(() => server.remove())
  const prepare = async (lab: Lab): Promise<void> => {
    await lab.sequence('/lab/count')
    await lab.sequence('/lab/published')
  }
  const cluster = await startCluster(t, { url: server.url, count: 3, prepare })
  await cluster.leader()
  const load = new Load(t, cluster)
  const { ledger } = load
  const goesOn = async (): Promise<void> => {
    const [values, published, files, reads] = [ledger.values.length, ledger.published.length, ledger.files.size, ledger.reads]
    await waitFor(
      'all of the load is served again',
      () =>
        ledger.values.length > values + 10 &&
        ledger.published.length > published + 10 &&
        ledger.files.size > files &&
        ledger.reads > reads + 10,
    )
  }
  load.start()
  await goesOn()
  for (let round = 0; round < ROUNDS; round++) {
    await strike(BLOWS[round % BLOWS.length] ?? '', cluster, load, server)
    await goesOn()
  }
  await load.stop()
  assert.deepEqual(ledger.stale, [])
  for (const { at } of load.alive()) {
    for (const [name, acknowledged, isOnce] of [
      ['count', ledger.values, true],
      ['published', ledger.published, false],
    ] as const) {
      const { values } = (await at.get(`/resources/lab/${name}`, ALL)).json as { values: (string | number)[] }
      const times = new Map<number, number>()
      for (const value of values.map(Number)) times.set(value, (times.get(value) ?? 0) + 1)
      const wrong = acknowledged.filter((n) => (isOnce ? times.get(n) !== 1 : !times.has(n)))
      assert.deepEqual(wrong, [], name)
    }
    for (const [name, hash] of ledger.files) {
      const answer = await fetch(`${at.url}/api/v1/resources/lab/${name}`, { headers: { authorization: `Bearer ${cluster.lab.key}` } })
      assert.equal(hashOf(new Uint8Array(await answer.arrayBuffer())), hash, name)
    }
  }
  t.diagnostic(`${ledger.values.length} values, ${ledger.published.length} messages, ${ledger.files.size} files, ${ledger.reads} reads`)
})
