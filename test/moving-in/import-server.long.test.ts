import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { Fault } from '../../src/base/fault.ts'
import { importServer, type ImportOptions, type ImportReport } from '../../src/moving-in/import-server.ts'
import { fieldOf } from '../support/browser.ts'
import { FakeClock, createCaller, type Caller } from '../support/lab.ts'
import { createDaemon } from '../../daemon/daemon.ts'
import { loadSettings } from '../../src/settings/settings.ts'
import { KEYS, makeOriginalServer, PASSWORD, SALT, STORED, type OriginalServer } from '../support/original-server.ts'

interface Place {
  readonly folder: string
  readonly original: OriginalServer
  readonly settingsFile: string
  readonly run: (more?: Partial<ImportOptions>) => Promise<ImportReport>
}

/** An original server, and an empty place for a new one. */
async function makePlace(t: TestContext): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-moving-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const original = await makeOriginalServer(folder)
  const settingsFile = join(folder, 'new', 'config.yaml')
  const options: ImportOptions = {
    place: original.database,
    storage: original.storage,
    config: original.config,
    keepsZones: false,
    isTrial: false,
    settingsFile,
    environment: {},
    clock: new FakeClock(),
    log: silentLog,
    onProgress: () => {},
  }
  return { folder, original, settingsFile, run: (more) => importServer({ ...options, ...more }) }
}

/** Starts a server on what was imported. */
async function serve(t: TestContext, { settingsFile }: Place): Promise<(key: string) => Caller> {
  writeFileSync(settingsFile, `${readFileSync(settingsFile, 'utf8')}PORT: 0\nMQTT_TCP_PORT: 0\n`)
  const daemon = createDaemon(loadSettings(settingsFile, {}), { clock: new FakeClock(), log: silentLog })
  await daemon.start()
  t.after(() => daemon.stop())
  return (key) => createCaller(daemon.url, key)
}

test('a lab moves whole: people, keys, permissions, values, files and records', async (t) => {
  const place = await makePlace(t)
  const report = await place.run()
  assert.deepEqual(report.different, [])
  assert.equal(report.compared, 12)
  assert.deepEqual(report.counts, {
    users: { there: 3, taken: 3 },
    keys: { there: 4, taken: 3 },
    members: { there: 4, taken: 2 },
    resources: { there: 24, taken: 21 },
    values: { there: 1_513, taken: 1_508 },
    revisions: { there: 9, taken: 8 },
    small_pictures: { there: 1, taken: 1 },
    views: { there: 1, taken: 1 },
    controller_statuses: { there: 1, taken: 1 },
    invitations: { there: 1, taken: 1 },
    outgoing_messages: { there: 2, taken: 2 },
  })
  assert.deepEqual([report.aside, report.repeated], [5, 1])
  assert.ok(!existsSync(join(place.folder, 'new', 'rhizo.db.moving')), 'nothing is left of the record of the progress')

  const as = await serve(t, place)
  const fridge = as(KEYS.unused)
  assert.equal(fieldOf(await fridge.get('/whoami'), 'kind'), 'controller')
  assert.equal((await as(KEYS.used).get('/whoami')).status, 200)
  const amy = as(KEYS.user)
  const session = await as('').post('/sessions', { user: 'AMY@EXAMPLE.COM', password: PASSWORD })
  assert.equal(session.status, 200, session.text)
  const values = await fridge.get('/resources/lab/fridge/temperature', { count: 10 })
  assert.deepEqual(values.json, {
    ...(values.json as object),
    timestamps: [1_704_067_200, 1_704_067_230, 1_704_067_260, 1_704_067_500, 1_704_067_560],
    values: ['21.5', '-0.25', '0.00001', '12345678901234567000', '7.5'],
  })
  const texts = await fridge.get('/resources/lab/fridge/temperature~11', { count: 10 })
  assert.deepEqual((texts.json as { values: string[] }).values, ['nan', 'None', 'True', '12345678901234567890'])
  const humidity = await fridge.get('/resources/lab/fridge/humidity (text)', { count: 10 })
  assert.deepEqual((humidity.json as { values: string[] }).values, ['None'], 'and nothing of the deleted one of that name')
  const log = await fridge.get('/resources/lab/fridge/log', { count: 10 })
  assert.deepEqual((log.json as { values: string[] }).values, ['first entry äöü', new TextDecoder().decode(STORED['2/000/000/012/12_52'])])
  assert.deepEqual(Buffer.from((await amy.get('/resources/lab/big.bin')).bytes), STORED['2/000/000/020/20_101'])
  assert.equal((await amy.get('/resources/lab/notes.md', { rev: 110 })).text, '# One')
  assert.equal((await amy.get('/resources/lab/notes.md')).text, '# Two')
  assert.equal((await amy.get('/resources/lab/fridge/camera', { rev: 60 })).text, 'picture 0')
  assert.equal((await amy.get('/resources/lab/fridge/camera/thumbnail-240-x')).text, 'small picture')
  const meta = (await amy.get('/resources/lab/fridge', { meta: 1 })).json as Record<string, unknown>
  assert.equal(meta['id'], 10)
  assert.equal(meta['creation_timestamp'], '2024-01-01T00:00:10.678901Z')
  const kept = (await amy.get('/resources/lab/fridge/kept', { meta: 1 })).json as { system_attributes: Record<string, unknown> }
  assert.equal(kept.system_attributes['max_history'], 1_500, 'nothing of what came is removed at once')
  assert.equal((await as('').get('/resources/lab/notes.md')).status, 200, 'what was public is')
  const lab = (await amy.get('/resources/lab', { meta: 1 })).json as { system_attributes: Record<string, unknown> }
  assert.deepEqual(lab.system_attributes, { full_name: 'The lab' })
})

test('what gets another name, is changed or left out is told by name', async (t) => {
  const { run } = await makePlace(t)
  const { findings } = await run({ isTrial: true })
  assert.deepEqual(findings.renamed.map(({ what, from, to }) => [what, from, to]).sort(), [
    ['e-mail address', 'amy@example.com', 'amy+3@example.com'],
    ['resource', '/api', '/api~3'],
    ['resource', '/lab/..', '/lab/unnamed~34'],
    ['resource', '/lab/a/b', '/lab/a_b'],
    ['resource', '/lab/twice', '/lab/twice~31'],
    ['user name', 'AMY', 'AMY-3'],
  ])
  assert.deepEqual(findings.leftOut.map(({ subject }) => subject).sort(), [
    '/lab/lost.bin',
    '/lab/odd',
    'key 4',
    'membership 4',
    'resource 41 (in it)',
    'resource 42 (stray)',
  ])
  assert.deepEqual(findings.changed.map(({ subject, change }) => `${subject} ${change.split(' ').slice(0, 3).join(' ')}`).sort(), [
    '/api~3 has no time',
    '/lab has no time',
    '/lab/fridge/humidity has 1 values',
    '/lab/fridge/kept keeps 1500 values',
    '/lab/fridge/temperature has 1 values',
    '/lab/fridge/temperature has 4 values',
    '/lab/notes.md has user attributes',
    '/system has no time',
  ])
  const kept = await run({ isTrial: true, keepsZones: true })
  assert.ok(!kept.findings.changed.some(({ change }) => change.includes('US/Pacific')))
})

test('a dry run counts the same and writes nothing', async (t) => {
  const place = await makePlace(t)
  const trial = await place.run({ isTrial: true })
  assert.equal(existsSync(join(place.folder, 'new')), false)
  assert.equal(trial.database, undefined)
  const { counts } = await place.run()
  assert.deepEqual(trial.counts, counts)
})

test('an interrupted import goes on where it was, wherever that is, and comes to the same', async (t) => {
  const place = await makePlace(t)
  let seen = 0
  const interrupted = (after: number) => ({
    onProgress: (_step: string, revisions: number) => {
      seen += revisions
      if (seen >= after) throw new Error('the power went')
    },
  })
  for (const after of [1, 12, 1_515]) {
    seen = 0
    await assert.rejects(place.run(interrupted(after)), /the power went/)
    assert.ok(existsSync(join(place.folder, 'new', 'rhizo.db.moving')))
  }
  const report = await place.run()
  assert.equal(report.isResumed, true)
  assert.deepEqual(report.different, [])
  const as = await serve(t, place)
  const revisions = (await as(KEYS.user).get('/resources/lab/fridge/temperature', { count: 100 })).json as { values: string[] }
  assert.equal(revisions.values.length, 5)
})

test('settings of the original are taken, and those that are here stay', async (t) => {
  const place = await makePlace(t)
  const { settings } = await place.run()
  const here = loadSettings(place.settingsFile, {})
  assert.equal(here.SALT, SALT)
  assert.equal(here.OUTGOING_EMAIL_ADDRESS, 'lab@example.com')
  assert.equal(here.OUTGOING_EMAIL_PORT, 465)
  assert.equal(here.PRODUCTION, false, 'only one of two servers sends mail')
  assert.equal(settings?.wasProduction, true)
  assert.deepEqual(settings?.others, ['MQTT_HOST', 'PRODUCTION'])
})

test('a lab that people live in is left alone, and so is what is no original', async (t) => {
  const place = await makePlace(t)
  const refusal = async (more: Partial<ImportOptions>): Promise<string> => {
    try {
      await place.run(more)
    } catch (error) {
      assert.ok(error instanceof Fault, String(error))
      return error.message
    }
    return 'it ran'
  }
  assert.match(await refusal({ place: join(place.folder, 'none.db') }), /There is no file/)
  assert.match(await refusal({ place: place.original.config }), /can't be read as an SQLite database/)
  assert.match(await refusal({ storage: join(place.folder, 'none') }), /There is no folder .*none/)
  assert.match(
    await refusal({ place: 'postgresql://rhizo:hidden@127.0.0.1:1/lab' }),
    /^postgresql:\/\/rhizo@127.0.0.1:1\/lab can't be opened/,
  )
  writeFileSync(join(place.folder, 'empty.py'), 'X = 1\n')
  assert.match(await refusal({ config: join(place.folder, 'empty.py') }), /holds no line SALT/)
  await place.run()
  assert.match(await refusal({}), /has a user \(.*\) already\. A lab moves into a new one/)
  assert.match(await refusal({ place: join(place.folder, 'new', 'rhizo.db') }), /is a database of this program already/)
})

test('without the folder of bulk storage its contents are left out and named', async (t) => {
  const { run } = await makePlace(t)
  const { findings, different } = await run({ storage: undefined })
  assert.deepEqual(different, [])
  assert.deepEqual(
    findings.leftOut
      .map(({ subject }) => subject)
      .filter((subject) => subject.startsWith('/lab/'))
      .sort(),
    ['/lab/big.bin', '/lab/fridge/log', '/lab/lost.bin', '/lab/odd'],
  )
})
