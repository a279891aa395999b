/** What extensions keep where several daemons share a database: the same at each of them, and whole when the one that leads dies. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { startCluster, type Cluster } from '../support/cluster.ts'
import { extensionFolder, sourceOf } from '../support/extension-lab.ts'
import { sharedPostgres, withoutPostgres } from '../support/postgres.ts'
import { waitFor } from '../support/waiting.ts'

const newDatabase = sharedPostgres()

const ROUTES =
  "host.api('PUT', '/', async ({ parameters: { key, value } }) => { await host.store.set(key, value) }); " +
  "host.api('GET', '/', async () => { const all = {}; for (const key of await host.store.keys()) all[key] = await host.store.get(key); " +
  'return all })'
const COUNTING = "(entries) => { entries.set('first step', (entries.get('first step') ?? 0) + 1) }"

async function killLeader(cluster: Cluster): Promise<void> {
  const { child } = await cluster.leader()
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('entries are the same at each daemon, and no acknowledged one is lost, nor a step run twice, when the one that leads is killed', {
  skip: withoutPostgres(),
}, async (t) => {
  const extensions = await extensionFolder(t)
  await extensions.write('probes/rhizo-extension.js', sourceOf('probes', `await host.store.migrate([${COUNTING}]); ${ROUTES}`))
  const settings = { EXTENSIONS_FOLDER: extensions.folder, AUTOLOAD_EXTENSIONS: true }
  const cluster = await startCluster(t, { url: await newDatabase(), count: 3, prepare: async () => {}, settings })
  const expected: Record<string, unknown> = { 'first step': 1 }
  for (let round = 0; round < 2; round++) {
    for (const [n, { child, at }] of cluster.members.entries()) {
      if (child.signalCode !== null) continue
      const key = `${round} by ${n}`
      await waitFor(
        `${key} is acknowledged`,
        async () => (await at.put('/ext/probes', { key, value: `value ${key}` }).catch(() => undefined))?.status === 200,
      )
      expected[key] = `value ${key}`
    }
    if (round === 0) await killLeader(cluster)
  }
  const alive = cluster.members.filter(({ child }) => child.signalCode === null)
  assert.equal(alive.length, 2)
  for (const { at } of alive) assert.deepEqual((await at.get('/ext/probes')).json, expected)
})

test('a step that was under way when the one that leads was killed changed nothing, and runs again at the next', {
  skip: withoutPostgres(),
}, async (t) => {
  const extensions = await extensionFolder(t)
  const source = (...steps: readonly string[]): Promise<void> =>
    extensions.write('probes/rhizo-extension.js', sourceOf('probes', `await host.store.migrate([${steps.join(', ')}]); ${ROUTES}`))
  await source(COUNTING)
  const settings = { EXTENSIONS_FOLDER: extensions.folder, AUTOLOAD_EXTENSIONS: true }
  const url = await newDatabase()
  const cluster = await startCluster(t, { url, count: 1, prepare: async () => {}, settings })
  const [first] = cluster.members
  assert.equal((await first?.at.put('/ext/probes', { key: 'kept', value: 'as it was' }))?.status, 200)
  first?.child.kill('SIGTERM')
  await once(first?.child ?? assert.fail(), 'exit')

  // Its second step ends its daemon half way, once.
  const died = join(extensions.folder, 'died')
  const deadly =
    "async (entries) => { const fs = await import('node:fs'); entries.set('second step', (entries.get('second step') ?? 0) + 1); " +
    `entries.set('kept', 'changed'); if (fs.existsSync(${JSON.stringify(died)})) return; fs.writeFileSync(${JSON.stringify(died)}, ''); ` +
    "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) }"
  await source(COUNTING, deadly)
  const { child } = await cluster.add()
  await waitFor('it dies in the step', () => child.signalCode === 'SIGKILL')
  assert.ok(existsSync(died))
  const next = await cluster.add()
  await waitFor('the extension answers', async () => (await next.at.get('/ext/probes')).status === 200)
  assert.deepEqual((await next.at.get('/ext/probes')).json, { 'first step': 1, kept: 'changed', 'second step': 1 })
})
