/** Three daemons on one PostgreSQL server: the same at each of them, and nothing acknowledged is lost when one is killed or paused. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type TestContext } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ClusterDaemon } from '../../daemon/cluster-daemon.ts'
import { startCluster, type Cluster, type ClusterMember } from '../support/cluster.ts'
import { labSettings, type Caller, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { findPostgres, launchPostgres, onServer, withoutPostgres, type PostgresServer } from '../support/postgres.ts'
import { waitFor } from '../support/waiting.ts'

const skip = withoutPostgres()

interface Story {
  readonly cluster: Cluster
  readonly fridge: Caller
  /** One whose key is revoked. */
  readonly device: Caller
  /** Sent to the sequence. */
  readonly last: { number: number }
}

async function begin(t: TestContext, url: string): Promise<Story> {
  const made: Caller[] = []
  const prepare = async (lab: Lab): Promise<void> => {
    made.push(await lab.controller('fridge'), await lab.controller('plug'))
    await lab.sequence('/lab/fridge/temperature')
    await lab.sequence('/lab/fridge/heat')
  }
  const cluster = await startCluster(t, { url, count: 3, prepare })
  const [fridge, device] = made
  assert.ok(fridge && device)
  return { cluster, fridge, device, last: { number: 0 } }
}

async function valuesAt(member: ClusterMember): Promise<number[]> {
  const { status, text, json } = await member.at.get('/resources/lab/fridge/temperature', {
    count: 100_000,
    start_timestamp: '2020-01-01T00:00:00Z',
  })
  assert.equal(status, 200, text)
  return (json as { values: (string | number)[] }).values.map(Number)
}

/** Sends numbers one after the other, to one member after the other, until it is told to stop. @returns those that were acknowledged */
function sendNumbers({ cluster, last }: Story): { stop(): Promise<number[]>; acknowledged: number[] } {
  const acknowledged: number[] = []
  let isOver = false
  const run = async (): Promise<void> => {
    while (!isOver) {
      const n = ++last.number
      const alive = cluster.members.filter(({ child }) => child.exitCode === null && child.signalCode === null)
      const member = alive[n % alive.length]
      const status = await member?.at.put('/resources', { values: { '/lab/fridge/temperature': String(n) } }).then(
        (reply) => reply.status,
        () => 0,
      )
      if (status === 200) acknowledged.push(n)
      else await pause(20)
    }
  }
  const running = run()
  return {
    acknowledged,
    stop: async () => {
      isOver = true
      await running
      return acknowledged
    },
  }
}

const idOf = async (member: ClusterMember, path: string): Promise<number> =>
  ((await member.at.get(`/resources${path}`, { meta: 1 })).json as { id: number }).id

const isOnce = (all: readonly number[], one: number): boolean => all.filter((other) => other === one).length === 1

test('three daemons are as one, whatever becomes of one of them or of the database', { skip }, async (t) => {
  const programs = findPostgres()
  assert.ok(programs)
  // A server of its own, as it is restarted.
  const server = await launchPostgres(programs)
  t.after(() => server.remove())
  const story = await begin(t, server.url)
  await seesTheSame(t, story)
  const wasToldOnce = await outlivesKill(t, story, server.url)
  await outlivesPause(story)
  await outlivesRestarts(story, server)
  await wasToldOnce()
  await refusesHalves(story, server.url)
})

/** What is written at one daemon is seen at the others: values, messages, files, keys and permissions. */
async function seesTheSame(t: TestContext, { cluster, device: { key: deviceKey } }: Story): Promise<void> {
  const [a, b, c] = cluster.members
  assert.ok(a && b && c)
  await cluster.leader()

  const watcher = await connect(t, b.at, cluster.lab.key)
  await watcher.subscribe('/lab/fridge', { include_children: true })
  const listener = await connectDevice(t, c.at, cluster.lab.key, { over: 'tcp' })
  assert.equal(await listener.subscribe('lab/fridge/#', 1), 1)
  assert.equal((await a.at.put('/resources', { values: { '/lab/fridge/temperature': '-4.50' } })).status, 200)
  for (const member of cluster.members) assert.deepEqual(await valuesAt(member), [-4.5])
  await watcher.hear(({ type, parameters }) => type === 'sequence_update' && String(parameters['value']) === '-4.50')
  await listener.hear(({ text }) => text.includes('-4.5'))

  const content = 'x'.repeat(5_000)
  assert.equal(
    (await b.at.post('/resources', { path: '/lab', name: 'notes.md', type: 20, data: Buffer.from(content).toString('base64') })).status,
    200,
  )
  for (const member of cluster.members) assert.equal((await member.at.get('/resources/lab/notes.md')).text, content)

  // A key that is revoked at one daemon means nothing at the others, and ends connections there.
  const device = await connectDevice(t, c.at, deviceKey, { over: 'tcp' })
  const keys = (await a.at.get('/keys', { access_as_controller_id: await idOf(b, '/lab/plug') })).json as Record<string, unknown>
  assert.equal((await b.at.delete(`/keys/${Object.keys(keys)[0]}`)).status, 200)
  await device.closed
  for (const member of cluster.members) assert.equal((await member.as(deviceKey).get('/resources/lab/fridge/temperature')).status, 401)
  const roles = (await cluster.status()).map(({ leads }) => leads)
  assert.deepEqual(roles, [true, false, false])
}

/**
 * A leader that is killed under load is followed by another: all that was acknowledged is there, once.
 * @returns asserts that an alarm of that moment was told once
 */
async function outlivesKill(t: TestContext, story: Story, url: string): Promise<() => Promise<void>> {
  const { cluster, fridge } = story
  const first = await cluster.leader()
  const [at] = await cluster.others()
  assert.ok(at)
  const options = { over: 'tcp', clientId: 'keeper', clean: false } as const
  const keeper = await connectDevice(t, at.at, fridge.key, options)
  await keeper.subscribe('lab/kept', 1)
  keeper.client.end(true)
  await keeper.closed
  const numbers = sendNumbers(story)
  await waitFor('some were acknowledged', () => numbers.acknowledged.length > 20)
  const speaker = await connectDevice(t, at.at, cluster.lab.key, { over: 'tcp' })
  await speaker.publish('lab/kept', 'before the end', { qos: 1, retain: true })
  // The alarm's value is acknowledged, and its server gone.
  const rule = { path: '/lab/fridge/heat', kind: 'above', value: 8, recipients: ['ann@example.com'] }
  assert.equal((await at.at.post('/alerts', rule)).status, 200)
  assert.equal((await at.at.put('/resources', { values: { '/lab/fridge/heat': '9' } })).status, 200)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const seen = numbers.acknowledged.length
  const second = await cluster.leader()
  assert.notEqual(second, first)
  await waitFor('values are taken again', () => numbers.acknowledged.length > seen + 20)
  const acknowledged = await numbers.stop()
  for (const member of [second, ...(await cluster.others())]) {
    const all = await valuesAt(member)
    assert.deepEqual(
      acknowledged.filter((one) => !isOnce(all, one)),
      [],
    )
  }
  // A session of MQTT goes on at another daemon.
  const again = await connectDevice(t, second.at, fridge.key, options)
  assert.equal(again.sessionPresent, true)
  await again.hear('before the end')
  again.client.end(true)
  const told = (): Promise<number> =>
    onServer(url, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        "select count(*)::integer from outgoing_messages where subject like '%above 8'",
      )
      return rows[0]?.count ?? 0
    })
  await waitFor('the alarm is told', async () => (await told()) > 0)
  // Told again it would be by the next leader, with all that follows below.
  return async () => assert.equal(await told(), 1)
}

/** A leader that was paused changes nothing when it comes back, and passes on from then on. */
async function outlivesPause(story: Story): Promise<void> {
  const { cluster } = story
  const first = await cluster.leader()
  const numbers = sendNumbers(story)
  await waitFor('some were acknowledged', () => numbers.acknowledged.length > 20)
  first.child.kill('SIGSTOP')
  const second = await waitFor('another leads', async () => {
    const leader = await cluster.leader()
    return leader !== first && leader
  })
  const values = { '/lab/fridge/temperature': '-7.25' }
  assert.equal((await second.at.put('/resources', { values })).status, 200)
  first.child.kill('SIGCONT')
  // From its first answer on.
  const early = await waitFor('the first answers', () => valuesAt(first).catch(() => undefined))
  assert.ok(early.includes(-7.25), `the first answers with what it knew before the pause: ${early.slice(-3).join()}`)
  const seen = numbers.acknowledged.length
  await waitFor('values are taken again', () => numbers.acknowledged.length > seen + 20)
  const acknowledged = await numbers.stop()
  const all = await valuesAt(first)
  assert.deepEqual(all, await valuesAt(second))
  assert.deepEqual(
    acknowledged.filter((one) => !isOnce(all, one)),
    [],
  )
}

/** A daemon that is told to stop hands over, and a database that restarts loses nothing. */
async function outlivesRestarts(story: Story, server: PostgresServer): Promise<void> {
  const { cluster } = story
  await cluster.add()
  const first = await cluster.leader()
  const numbers = sendNumbers(story)
  await waitFor('some were acknowledged', () => numbers.acknowledged.length > 20)
  first.child.kill('SIGTERM')
  assert.deepEqual(await once(first.child, 'exit'), [0, null])
  await cluster.leader()
  const handed = numbers.acknowledged.length
  await waitFor('values are taken again', () => numbers.acknowledged.length > handed + 20)
  await server.stop()
  await server.start()
  const restarted = numbers.acknowledged.length
  await waitFor('values are taken after the restart', () => numbers.acknowledged.length > restarted + 20)
  const acknowledged = await numbers.stop()
  const all = await valuesAt(await cluster.leader())
  assert.deepEqual(
    acknowledged.filter((one) => !isOnce(all, one)),
    [],
  )
}

/** Settings with which a daemon would be half of a cluster are refused, with what to do. */
async function refusesHalves({ cluster }: Story, DATABASE_URI: string): Promise<void> {
  const refused = async (more: Record<string, unknown>, reason: RegExp): Promise<void> => {
    const settings = labSettings(cluster.lab.folder, { DATABASE_URI, CLUSTER: true, BULK_STORAGE: 'database', ...more })
    const daemon = new ClusterDaemon(settings, { clock: systemClock, log: silentLog, onFatal: () => {} })
    await assert.rejects(daemon.start(), reason)
  }
  await refused({ DATABASE_URI: 'sqlite:///rhizo.db' }, /the database is a file.*DATABASE_URI/)
  await refused({ BULK_STORAGE: 'folder' }, /BULK_STORAGE to s3 or database/)
  await refused({ TLS_CERTIFICATE: 'a.pem', TLS_KEY: 'a.key' }, /TLS is ended by the proxy/)
  await refused({ BACKUP_TO: 'there' }, /name a bucket \(s3:/)
  await refused({ SALT: 'another-salt-for-tests' }, /other secrets in its settings/)
}
