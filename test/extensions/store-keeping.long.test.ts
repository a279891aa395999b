/** What extensions keep goes wherever the lab goes: into its backups, to a server and back; and nothing that is purged takes it along. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { moveDatabase } from '../../src/moving-in/move-database.ts'
import { backUpLab, makeFolder, restoreTo } from '../support/backups.ts'
import { extensionFolder, sourceOf } from '../support/extension-lab.ts'
import { FakeClock, labSettings, startLab, type Lab } from '../support/lab.ts'
import { onFileAlone, sharedPostgres, withoutPostgres } from '../support/postgres.ts'

const newDatabase = sharedPostgres()

/** Counts its migrations, which run once, wherever the store is. */
const SETUP =
  "await host.store.migrate([async (entries) => { entries.set('migrations', (entries.get('migrations') ?? 0) + 1) }]); " +
  "host.api('PUT', '/', async ({ parameters: { key, value } }) => { await host.store.set(key, JSON.parse(value)) }); " +
  "host.api('GET', '/', async () => { const all = {}; for (const key of await host.store.keys()) all[key] = await host.store.get(key); " +
  'return all })'

const KEPT = { 'B probe': { depth: [1, 'ü 😀', null], text: 'a\u0000b' }, 'a probe': 0.1, 'ä/probe': 'x'.repeat(9_000) }

async function startWithStore(t: Parameters<typeof extensionFolder>[0]) {
  const extensions = await extensionFolder(t)
  for (const name of ['one', 'two']) await extensions.write(`${name}/rhizo-extension.js`, sourceOf(name, SETUP))
  const fill = async (lab: Lab): Promise<void> => {
    for (const [key, value] of Object.entries(KEPT))
      assert.equal((await lab.put('/ext/one', { key, value: JSON.stringify(value) })).status, 200)
  }
  /** What both hold, as an admin with the key sees it. */
  const look = async (lab: Lab, key = lab.key): Promise<unknown> => [
    (await lab.as(key).get('/ext/one')).json,
    (await lab.as(key).get('/ext/two')).json,
  ]
  return { extensions, fill, look, expected: [{ ...KEPT, migrations: 1 }, { migrations: 1 }] }
}

test('a backup holds it, and a restored lab goes on with it', async (t) => {
  const { extensions, fill, look, expected } = await startWithStore(t)
  const lab = await startLab(t, extensions.options())
  await fill(lab)
  const [backups, place] = [await makeFolder(t), await makeFolder(t)]
  await backUpLab(lab, backups)
  await lab.put('/ext/one', { key: 'later', value: '1' })
  await restoreTo(backups, place)
  const again = await startLab(t, { ...extensions.options(), folder: place })
  assert.deepEqual(await look(again, lab.key), expected)
})

test('it stays when what it is about is purged, and when its extension is away for a while', async (t) => {
  const { extensions, fill, look, expected } = await startWithStore(t)
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const lab = await startLab(t, { ...extensions.options(), clock, folder })
  await fill(lab)
  await lab.sequence('/lab/probe')
  assert.equal((await lab.delete('/resources/lab/probe')).status, 200)
  clock.advance(31 * 24 * 3_600_000)
  await lab.daemon.runWorkers()
  assert.deepEqual(await look(lab), expected)
  await lab.stop()
  const without = await startLab(t, { ...extensions.options({ AUTOLOAD_EXTENSIONS: false }), clock, folder })
  assert.equal((await without.get('/ext/one')).status, 404)
  await without.daemon.runWorkers()
  await without.stop()
  assert.deepEqual(await look(await startLab(t, { ...extensions.options(), clock, folder }), lab.key), expected)
})

test('it moves to a PostgreSQL server and back', {
  skip: withoutPostgres() || onFileAlone('it begins in a file').skip,
}, async (t) => {
  const { extensions, fill, look, expected } = await startWithStore(t)
  const folder = await makeFolder(t)
  const at = (place: string) => startLab(t, { ...extensions.options({ DATABASE_URI: place }), folder })
  const move = (from: string, to: string) =>
    moveDatabase({ settings: labSettings(folder, { DATABASE_URI: from }), to, clock: systemClock, log: silentLog })
  const [from, url, back] = [`sqlite:///${join(folder, 'rhizo.db')}`, await newDatabase(), `sqlite:///${join(folder, 'back.db')}`]
  const lab = await at(from)
  await fill(lab)
  assert.equal((await lab.put('/ext/one', { key: 'a\u0000b', value: '1' })).status, 400, 'PostgreSQL could not hold it')
  await lab.stop()
  await move(from, url)
  const there = await at(url)
  assert.deepEqual(await look(there, lab.key), expected)
  await there.as(lab.key).put('/ext/two', { key: 'there', value: 'true' })
  await there.stop()
  await move(url, back)
  assert.deepEqual(await look(await at(back), lab.key), [expected[0], { migrations: 1, there: true }])
})
