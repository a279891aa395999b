/** A lab on a PostgreSQL server: what it stores is there after restarts of either, and nothing is acknowledged that is not. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openContext } from '../../src/open-context.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { openPostgres } from '../../src/database/postgres/open-postgres.ts'
import { transact } from '../../src/database/transact.ts'
import { insertKey } from '../../src/people/key-records.ts'
import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER } from '../../src/wire/resource-types.ts'
import { findUserByName } from '../../src/people/user-records.ts'
import { startLab, type Lab, type Reply } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { findPostgres, launchPostgres, makeDatabase, onServer, sharedPostgres, urlOf, withoutPostgres } from '../support/postgres.ts'
import { waitFor } from '../support/waiting.ts'

const skip = withoutPostgres()
const newDatabase = sharedPostgres()

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const start = (t: TestContext, folder: string, url: string, more: Record<string, unknown> = {}): Promise<Lab> =>
  startLab(t, { folder, mqtt: true, settings: { DATABASE_URI: url, STORAGE_THRESHOLD: 1_000, ...more } })

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const valuesOf = async (lab: Lab, path: string): Promise<unknown> =>
  (await lab.get(`/resources${path}`, { count: 1_000, start_timestamp: '2020-01-01T00:00:00Z' })).json

/** Without tables. @param url of another one on its server */
async function newEmptyDatabase(url: string): Promise<string> {
  await onServer(url, (client) => client.query('create database empty_one'))
  return urlOf(url, 'empty_one')
}

/** @throws AssertionError unless it was done */
async function does(reply: Promise<Reply>): Promise<Reply> {
  const { status, text } = await reply
  assert.equal(status, 200, text)
  return reply
}

test('values by three transports, files, messages, people and permissions are there after a restart', { skip }, async (t) => {
  const folder = await makeFolder(t)
  const url = await newDatabase()
  const lab = await start(t, folder, url)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/state', 2)
  await does(lab.put('/resources', { values: { '/lab/fridge/temperature': '4.50' } }))
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update_sequence', { sequence: '/lab/fridge/state', value: 'Ωn\u0000, and well' })
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await device.publish('lab/fridge', { update: { temperature: -0.25, state: 'off' } }, { qos: 1 })
  await device.publish('lab/fridge/kept', 'stays', { qos: 1, retain: true })
  await peer.subscribe('/lab')
  await does(lab.post('/messages', { folderPath: '/lab', type: 'hello', parameters: { n: 1 } }))
  await peer.hear('hello')

  const [small, large] = [randomBytes(300), randomBytes(200_000)]
  for (const [name, data] of [
    ['small.bin', small],
    ['large.bin', large],
    ['Äpfel.txt', Buffer.from('one\ntwo\n')],
    ['Zebra.txt', Buffer.from('three\n')],
    ['apple.txt', Buffer.from('four\n')],
  ] as const)
    await does(lab.post('/resources', { path: '/lab', name, type: 20, data: data.toString('base64') }))
  const amy = await lab.user('Amy@Example.com')
  assert.equal((await lab.post('/users', { email_address: 'aMY@example.COM', password: 'correct-horse-9' })).status, 409)
  const stranger = await lab.user('eve@example.com', { member: false })
  assert.deepEqual(
    [(await amy.get('/resources/lab/small.bin')).status, (await stranger.get('/resources/lab/small.bin')).status],
    [200, 403],
  )
  await does(lab.delete('/resources/lab/Zebra.txt'))
  const before = await Promise.all(['/lab/fridge/temperature', '/lab/fridge/state'].map((path) => valuesOf(lab, path)))
  const listing = (await lab.get('/resources/lab', { meta: 0 })).text
  assert.ok(
    JSON.stringify(before).includes('4.5') && JSON.stringify(before).includes('-0.25') && JSON.stringify(before).includes('Ωn'),
    JSON.stringify(before),
  )
  const { rows } = await lab.ctx.db
    .selectFrom('schema_migrations')
    .selectAll()
    .execute()
    .then((all) => ({ rows: all.length }))
  assert.ok(rows >= 21)
  await lab.stop()

  const again = await start(t, folder, url)
  const as = again.as(lab.key)
  assert.deepEqual(await Promise.all(['/lab/fridge/temperature', '/lab/fridge/state'].map((path) => valuesOf(again, path))), before)
  assert.equal((await as.get('/resources/lab', { meta: 0 })).text, listing)
  assert.deepEqual(
    [sha((await as.get('/resources/lab/small.bin')).bytes), sha((await as.get('/resources/lab/large.bin')).bytes)],
    [sha(small), sha(large)],
  )
  assert.equal((await again.as(amy.key).get('/resources/lab/small.bin')).status, 200)
  assert.equal((await again.as(stranger.key).get('/resources/lab/small.bin')).status, 403)
  const display = await connectDevice(t, again, lab.key)
  await display.subscribe('lab/fridge/kept')
  assert.equal((await display.hear(() => true)).text, 'stays')
  // Names sort by their bytes, whatever the language of the server.
  const names = await again.ctx.db.selectFrom('resources').select('name').where('type', '=', 20).orderBy('name').execute()
  assert.deepEqual(
    names.map(({ name }) => name),
    ['Zebra.txt', 'apple.txt', 'home.md', 'large.bin', 'small.bin', 'Äpfel.txt'],
  )
  assert.equal((await findUserByName(again.ctx.db, 'aMy@EXAMPLE.com'))?.id, amy.id)
})

test('a second daemon is refused, a command works beside the first, which sees at once what it changed', { skip }, async (t) => {
  const url = await newDatabase()
  const folder = await makeFolder(t)
  const lab = await start(t, folder, url)
  await assert.rejects(
    start(t, await makeFolder(t), url),
    /Another rhizo daemon \(process \d+ on .*\) is using the database postgresql:\/\/rhizo@/,
  )
  const beside = await openContext(lab.settings, { clock: systemClock, log: silentLog })
  const { ctx } = beside
  const user = await lab.user('bob@example.com')
  assert.equal((await ctx.db.selectFrom('users').selectAll().where('id', '=', user.id).execute()).length, 1)
  await insertKey(ctx, { organizationId: lab.organization.id, creatorId: lab.adminId, userId: user.id })
  const added = await transact(ctx, (tx) => insertResource(ctx, tx, { parent: lab.organization, name: 'beside', type: BASIC_FOLDER }))
  assert.equal(lab.ctx.tree.byId(added.id), undefined)
  assert.equal(await ctx.engine.others?.tell(), true, 'there is a daemon to be told')
  await beside.close()
  await waitFor('the daemon has read it', () => lab.ctx.tree.byId(added.id))
  await assert.rejects(
    openContext(
      { ...lab.settings, DATABASE_URI: await newEmptyDatabase(url) },
      { clock: systemClock, log: silentLog, acquaintance: 'known' },
    ),
    /is empty. See that DATABASE_URI names the right one/,
  )
})

test('while the database is away nothing is acknowledged and /health says so; when it is back all goes on by itself', {
  skip: findPostgres() === undefined && skip,
}, async (t) => {
  const server = await launchPostgres(findPostgres() ?? '', '-c fsync=on')
  t.after(() => server.remove())
  const lab = await start(t, await makeFolder(t), await makeDatabase(server.url, 'lab'))
  await lab.sequence('/lab/temperature')
  const put = (value: number): Promise<Reply> =>
    lab.put('/resources', { values: { '/lab/temperature': value }, timestamp: new Date(1_700_000_000_000 + 1_000 * value).toISOString() })
  const acknowledged: number[] = []
  for (let n = 0; n < 20; n++) if ((await put(n)).status === 200) acknowledged.push(n)
  assert.equal(acknowledged.length, 20)
  await server.stop()
  await waitFor('the loss is noticed', async () => (await fetch(`${lab.url}/health`)).status === 503)
  const refused = await put(100)
  assert.equal(refused.status, 503, refused.text)
  assert.match(refused.text, /The (?:connection to the )?database postgresql:\/\/rhizo@127[^ ]* (?:broke|can't be reached)/)
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'x', type: 10 })).status, 503)
  await server.start()
  await waitFor('all is well again', async () => (await put(200)).status === 200 && (await fetch(`${lab.url}/health`)).status === 200)
  acknowledged.push(200)
  const { values } = (await valuesOf(lab, '/lab/temperature')) as { values: (string | number)[] }
  assert.deepEqual(values.map(Number), acknowledged)
})

test('on the connection of values one transaction comes after the other: one that fails takes nothing of another with it', {
  skip,
}, async (t) => {
  const database = await openPostgres({
    url: await newDatabase(),
    clock: systemClock,
    log: silentLog,
    isDaemon: false,
    isReadOnly: false,
    isDurable: true,
    onFatal: () => {},
  })
  t.after(() => database.close())
  const insert = (id: number): { text: string; values: unknown[] } => ({
    text: 'insert into probes (id, timestamp) values ($1, 0)',
    values: [id],
  })
  const fails = { text: 'insert into there_is_none values (1)', values: [] }
  const results = await Promise.allSettled([
    database.own.run([insert(11), insert(12), insert(13)]),
    database.own.run([insert(21), fails]),
    database.own.run([insert(31), insert(32)]),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  const rows = await database.db.selectFrom('probes').select('id').where('id', '>', 10).orderBy('id').execute()
  assert.deepEqual(
    rows.map(({ id }) => id),
    [11, 12, 13, 31, 32],
  )
})

test('what clashes with another program is run again, and a failed statement leaves nothing of its transaction', { skip }, async (t) => {
  const url = await newDatabase()
  const lab = await start(t, await makeFolder(t), url)
  const other = await openContext(lab.settings, { clock: systemClock, log: silentLog })
  t.after(() => other.close())
  await lab.ctx.db.insertInto('extension_values').values({ extension: 'x', key: 'n', value: '0' }).execute()
  const add = (ctx: typeof lab.ctx): Promise<unknown> =>
    transact(ctx, async (tx) => {
      const row = await tx.selectFrom('extension_values').select('value').where('key', '=', 'n').executeTakeFirstOrThrow()
      await tx
        .updateTable('extension_values')
        .set({ value: String(Number(row.value) + 1) })
        .where('key', '=', 'n')
        .execute()
    })
  await Promise.all(Array.from({ length: 10 }, (_, n) => add(n % 2 === 0 ? lab.ctx : other.ctx)))
  assert.equal((await lab.ctx.db.selectFrom('extension_values').select('value').executeTakeFirstOrThrow()).value, '10')
  await assert.rejects(
    transact(lab.ctx, async (tx) => {
      await tx.insertInto('extension_values').values({ extension: 'y', key: 'n', value: '' }).execute()
      // A caller that goes on after an error of the database must not believe that the rest was stored.
      await tx
        .insertInto('extension_values')
        .values({ extension: 'x', key: 'n', value: '' })
        .execute()
        .catch(() => {})
    }),
    /nothing was stored/,
  )
  assert.equal((await lab.ctx.db.selectFrom('extension_values').select('key').execute()).length, 1)
  assert.deepEqual(await lab.ctx.db.selectFrom('users').selectAll().where('id', 'in', []).execute(), [])
})
