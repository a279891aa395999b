/** States of an original's database that its program never makes on purpose, and that labs have all the same. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import Sqlite from 'better-sqlite3'
import { createDaemon } from '../../daemon/daemon.ts'
import { silentLog } from '../../src/base/log.ts'
import { importServer, type ImportOptions, type ImportReport } from '../../src/moving-in/import-server.ts'
import { loadSettings } from '../../src/settings/settings.ts'
import { createCaller, FakeClock, type Caller } from '../support/lab.ts'
import { KEYS, makeOriginalServer } from '../support/original-server.ts'

interface Place {
  run: (more?: Partial<ImportOptions>) => Promise<ImportReport>
  /** A server on what was imported. @returns a caller with the key of a member */
  serve: () => Promise<Caller & { as: (key: string) => Caller }>
  config: string
}

/** @param changes of an original's database, in SQL */
async function makePlace(t: TestContext, ...changes: string[]): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-odd-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { database, storage, config } = await makeOriginalServer(folder)
  const connection = new Sqlite(database)
  connection.exec(`begin; ${changes.join('; ')}; commit`)
  connection.close()
  const settingsFile = join(folder, 'new', 'config.yaml')
  const options: ImportOptions = {
    place: database,
    storage,
    config,
    keepsZones: false,
    isTrial: false,
    settingsFile,
    environment: {},
    clock: new FakeClock(),
    log: silentLog,
    onProgress: () => {},
  }
  const serve: Place['serve'] = async () => {
    writeFileSync(settingsFile, `${readFileSync(settingsFile, 'utf8')}PORT: 0\nMQTT_TCP_PORT: 0\n`)
    const daemon = createDaemon(loadSettings(settingsFile, {}), { clock: new FakeClock(), log: silentLog })
    await daemon.start()
    t.after(() => daemon.stop())
    const as = (key: string): Caller => createCaller(daemon.url, key)
    return { ...as(KEYS.user), as }
  }
  return { run: (more) => importServer({ ...options, ...more }), serve, config }
}

const addFolder = (id: number, parent: number, name: string): string =>
  `insert into resources select ${id}, null, 2, creation_timestamp, modification_timestamp, ${parent}, '${name}', 10, ` +
  "null, '{}', null, 0, null, null from resources where id = 10"
const addUser = (id: number, name: string, address: string, isDeleted = 0): string =>
  `insert into users select ${id}, '${name}', '${address}', password_hash, full_name, '{}', '{}', ${isDeleted}, creation_timestamp, 0 ` +
  'from users where id = 2'

test('who can keep a name keeps it, whatever others have to be called', async (t) => {
  const { run } = await makePlace(
    t,
    // What an odd name would become is the name of another one, older than it.
    addFolder(29, 2, 'a_b'),
    addFolder(28, 2, 'twice~31'),
    addUser(50, 'z-52', 'x+52@example.com'),
    addUser(51, 'z', 'x@example.com'),
    addUser(52, 'Z', 'X@example.com'),
    // Of two accounts the one in use keeps its address.
    addUser(60, 'y', 'y@example.com', 1),
    addUser(61, '', 'Y@example.com'),
  )
  const { findings, different, counts } = await run()
  assert.deepEqual(different, [])
  assert.deepEqual(counts.users, { there: 8, taken: 8 })
  assert.deepEqual(findings.renamed.map(({ from, to }) => `${from} ${to}`).sort(), [
    '/api /api~3',
    '/lab/.. /lab/unnamed~34',
    '/lab/a/b /lab/a_b~30',
    '/lab/twice /lab/twice~31~1',
    'AMY AMY-3',
    'X@example.com X+52-1@example.com',
    'Z Z-52-1',
    'amy@example.com amy+3@example.com',
    'y@example.com y+60@example.com',
  ])
})

test('texts that SQLite holds as bytes, folders inside of themselves and revisions of nothing', async (t) => {
  const { run, serve } = await makePlace(
    t,
    'update resources set system_attributes = cast(system_attributes as blob), name = cast(name as blob) where id in (10, 11)',
    'update resource_revisions set data = cast(data as text), timestamp = cast(timestamp as blob) where resource_id = 11',
    addFolder(70, 71, 'one'),
    addFolder(71, 70, 'other'),
    "insert into resource_revisions values (9001, 7777, '2024-01-01 00:00:00', x'31')",
  )
  const trial = await run({ isTrial: true })
  const { findings, different, counts } = await run()
  assert.deepEqual([different, counts], [[], trial.counts])
  const told = findings.leftOut.map(({ subject, problem }) => `${subject} ${problem}`)
  for (const line of [
    'resource 70 (one) is in the folder 71, which is not there, or inside of itself',
    'resource 71 (other) is in the folder 70, which is not there, or inside of itself',
    '1 revisions are of resources that do not come along, or that hold none',
  ])
    assert.ok(told.includes(line), told.join('\n'))
  const caller = await serve()
  const { values } = (await caller.get('/resources/lab/fridge/temperature', { count: 9 })).json as { values: string[] }
  assert.equal(values.length, 5)
})

test('revisions, times and attributes that are spoiled cost nothing beside them', async (t) => {
  const { run, serve } = await makePlace(
    t,
    "update resource_revisions set timestamp = '2024-13-45 99:00:00' where id = 1",
    "update resource_revisions set timestamp = '' where id = 2",
    'update resources set last_revision_id = 99999 where id = 21',
    'update resources set last_revision_id = null where id = 20',
    "update resources set system_attributes = '{bad' where id = 15",
    "update resources set system_attributes = json_set(system_attributes, '$.max_history', '', '$.decimal_places', 'x') where id = 11",
    "update resources set creation_timestamp = 'nonsense' where id = 10",
    "update resource_revisions set data = x'fffe41' where resource_id = 12 and data is not null",
    "update controller_status set attributes = 'zz', last_connect_timestamp = 'bad' where id = 10",
    "insert into controller_status values (7777, 'x', 1, null, null, 0, '{}')",
    "insert into resource_views values (5, 7777, 2, '{}'), (7, 11, 2, 'no json')",
    "insert into outgoing_messages values (7, 7777, 99, 'bad', '', 'm', 'zz')",
    "update users set attributes = 'no', info_status = '' where id = 2",
  )
  const { findings, different } = await run()
  assert.deepEqual(different, [])
  const left = findings.leftOut.map(({ subject, problem }) => `${subject} ${problem}`)
  assert.ok(left.includes('/lab/fridge/temperature has 2 values without a time or without content'), left.join('\n'))
  for (const subject of ['state of controller 7777', 'view 5', 'view 7'])
    assert.ok(
      findings.leftOut.some((one) => one.subject === subject),
      `${subject} in ${left.join('\n')}`,
    )
  assert.ok(findings.changed.some(({ subject, change }) => subject === '/lab/fridge/kept' && change.includes('no JSON object')))
  const caller = await serve()
  assert.equal((await caller.get('/resources/lab/notes.md')).text, '# Two', 'the newest that is there')
  assert.equal((await caller.get('/resources/lab/big.bin')).bytes.length, 200_000)
  assert.equal((await caller.get('/resources/lab/fridge', { meta: 1 })).status, 200)
  const log = (await caller.get('/resources/lab/fridge/log', { count: 9 })).json as { values: string[] }
  assert.equal(log.values[0], '\ufffd\ufffdA')
})

test('ids that can not be, and folders that are none, are named with all that is inside; the others come along', async (t) => {
  const name = 'x'.repeat(300)
  const { run, serve } = await makePlace(
    t,
    addFolder(-5, 2, 'minus'),
    addFolder(80, -5, 'in minus'),
    addFolder(0, 2, 'zero'),
    addFolder(81, 0, 'in zero'),
    'insert into resources select 9007199254740993, null, 2, creation_timestamp, modification_timestamp, 2, ' +
      "'huge', 10, null, '{}', null, 0, null, null from resources where id = 10",
    addFolder(2_147_483_648, 2, 'large'),
    addFolder(82, 2, 'stray'),
    "update resources set parent_id = 'abc' where id = 82",
    addFolder(83, 2, name),
    addFolder(84, 2, `${name}y`),
    addFolder(85, 85, 'itself'),
    addFolder(86, 2, 'odd'),
    'update resources set type = 99 where id = 86',
    addFolder(87, 86, 'in odd'),
    addUser(-7, 'minus', 'minus@example.com'),
  )
  const trial = await run({ isTrial: true })
  const { findings, different, counts } = await run()
  assert.deepEqual([different, counts], [[], trial.counts])
  const left = findings.leftOut.map(({ subject, problem }) => `${subject} ${problem}`)
  for (const line of [
    'resource -5 (minus) has an id that is no whole number from 1 to 2^52',
    'resource 80 (in minus) is in the folder -5, which is not there, or inside of itself',
    'resource 0 (zero) has an id that is no whole number from 1 to 2^52',
    'resource 81 (in zero) is in the folder 0, which is not there, or inside of itself',
    'resource 82 (stray) is in the folder "abc", which is not there, or inside of itself',
    'resource 85 (itself) is in the folder 85, which is not there, or inside of itself',
    '/lab/odd has the unknown type 99',
    'resource 87 (in odd) is in /lab/odd, which has the unknown type 99',
    'user -7 (minus@example.com) has an id that is no whole number from 1 to 2^52',
  ])
    assert.ok(left.includes(line), `${line}\n in ${left.join('\n')}`)
  assert.ok(left.some((line) => line.startsWith('resource 900719925474099') && line.includes('(huge)')))
  const long = findings.renamed.filter(({ from }) => from.startsWith('/lab/xxx')).map(({ to }) => to)
  assert.equal(new Set(long).size, 2, 'names that are cut are still two')
  const caller = await serve()
  assert.equal((await caller.get('/resources/lab/large', { meta: 1 })).status, 200)
  for (const path of long) assert.equal((await caller.get(`/resources${path}`, { meta: 1 })).status, 200)
  for (const path of ['/stray', '/in zero', '/lab/minus'])
    assert.notEqual((await caller.get(`/resources${path}`, { meta: 1 })).status, 200, path)
  const made = await caller.post('/resources', { path: '/lab', name: 'after', type: 'basic_folder' })
  assert.equal(made.status, 200, made.text)
})

test('times that can not be read are told with what is taken in their place; a key that was revoked stays so', async (t) => {
  const { run, serve } = await makePlace(
    t,
    "update resources set creation_timestamp = 'nonsense' where id = 10",
    "update resources set creation_timestamp = '', modification_timestamp = 1704067200 where id = 15",
    "update users set creation_timestamp = '2024-02-31' where id = 2",
    "update keys set revocation_timestamp = 'last May' where id = 2",
    "update resource_revisions set timestamp = 'never' where resource_id = 21",
    "update controller_status set last_connect_timestamp = 'bad' where id = 10",
  )
  const { findings, different } = await run()
  assert.deepEqual(different, [])
  const changed = findings.changed.map(({ subject, change }) => `${subject} ${change}`)
  for (const line of [
    '/lab/fridge has the time of creation "nonsense", which can’t be read; it is that of its last change now',
    '/lab/fridge/kept has the time of creation "", which can’t be read; it is that of this import now',
    '/lab/fridge/kept has the time of its last change "1704067200", which can’t be read; it is that of its creation now',
    'user 2 has the time of creation "2024-02-31", which can’t be read; it is that of this import now',
    '/lab/notes.md has 2 revisions whose time can’t be read; it is that of the last change of the file now',
    'state of controller 10 has the time of its last connection "bad", which can’t be read and is left out',
  ])
    assert.ok(changed.includes(line), `${line}\n in ${changed.join('\n')}`)
  assert.ok(changed.some((line) => /^key 2 has the time of its revocation "last May", which can’t be read; it is that of this/.test(line)))
  const caller = await serve()
  assert.equal((await caller.get('/resources/lab/notes.md')).text, '# Two', 'what it says comes along')
  assert.equal((await caller.as(KEYS.used).get('/whoami')).status, 401)
  assert.equal((await caller.as(KEYS.unused).get('/whoami')).status, 200)
})

test('a SALT that is too short here is told before anything is read', async (t) => {
  const { run, config } = await makePlace(t, 'select 1')
  writeFileSync(config, "SALT = 'short'\n")
  await assert.rejects(run({ isTrial: true }), /The SALT in .* has 5 characters, and one here has at least 16\. Leave --config out/)
})
