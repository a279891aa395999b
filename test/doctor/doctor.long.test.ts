/** `rhizo doctor`: what is sound is said to be so, and each damage is named, with what to do. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { examine, type Examination } from '../../src/doctor/doctor.ts'
import type { Report } from '../../src/doctor/report.ts'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { startCommandLineLab } from '../support/command-line.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

const PATH = '/lab/fridge/temperature'
const START: Micros = Date.UTC(2026, 0, 1) * 1000
const SECRETS = { SALT: 'salt-for-tests-only', SECRET_KEY: 'secret-for-tests-only' }

/** A stopped lab with three blocks of values, a large file and a small one, and its settings file. */
async function prepare(t: TestContext): Promise<{ lab: Lab; database: string; settings: string }> {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  for (const path of [PATH, '/lab/fridge/other']) {
    const { id } = await lab.sequence(path)
    await lab.ctx.sequences.append(
      Array.from({ length: 3 * BLOCK_VALUES }, (_, at) => ({ sequence: { id, isText: false }, time: START + at * SECOND, value: at / 4 })),
    )
  }
  await (lab.ctx.sequences as SqliteSequenceStore).seal()
  for (const [name, size] of [
    ['large.bin', 5_000],
    ['small.txt', 50],
  ] as const)
    assert.equal(
      (await lab.post('/resources', { path: '/lab', name, type: 20, data: Buffer.alloc(size, 97).toString('base64') })).status,
      200,
    )
  await lab.put('/resources', { values: { [PATH]: 5 } })
  await lab.stop()
  const settings = join(lab.folder, 'config.yaml')
  writeFileSync(
    settings,
    Object.entries({ ...SECRETS, PORT: 0 })
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(''),
    { mode: 0o600 },
  )
  return { lab, database: join(lab.folder, 'rhizo.db'), settings }
}

const look = (settings: string, more: Partial<Examination> = {}): Promise<Report> =>
  examine({
    file: settings,
    environment: {},
    clock: systemClock,
    urlOf: ({ PORT: port }) => `http://127.0.0.1:${port}`,
    isQuick: false,
    ...more,
  })
const problems = ({ findings }: Report): string[] =>
  findings.map(({ check, severity, subject, problem }) => `${check} ${severity}: ${subject} ${problem}`)

function change(database: string, work: (file: Sqlite.Database) => void): void {
  const file = new Sqlite(database)
  file.pragma('foreign_keys = off')
  work(file)
  file.close()
}

const damageBlock = (database: string, sequenceId: number): void =>
  change(database, (file) => {
    const [id, data] = file
      .prepare<[number], [number, Buffer]>(
        'select id, data from sequence_block_data join sequence_blocks on data_id = id where sequence_id = ? order by first ' +
          'limit 1 offset 1',
      )
      .raw()
      .get(sequenceId) ?? [0, Buffer.alloc(0)]
    data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 0x10
    file.prepare('update sequence_block_data set data = ? where id = ?').run(data, id)
  })

test('whoever watches hears how far the values and the files are, up to the number that was told before', async (t) => {
  const { settings } = await prepare(t)
  const told: string[] = []
  const report = await look(settings, {
    watch: {
      begin: (what, total) => {
        let done = 0
        return {
          advance: (amount) => void (done += amount),
          end: () => void told.push(`${what}: ${done} of ${total}`),
        }
      },
    },
  })
  const { values, revisions } = report.counts
  assert.ok(values > BLOCK_VALUES && revisions >= 2, JSON.stringify(report.counts))
  assert.deepEqual(told, [`values: ${values} of ${values}`, `files: ${revisions} of ${revisions}`])
  const quick: string[] = []
  await look(settings, {
    isQuick: true,
    watch: { begin: (what) => ({ advance: () => {}, end: () => void quick.push(what) }) },
  })
  assert.deepEqual(quick, ['files'], 'without decoding there is nothing to wait for')
})

test('a lab that is well is said to be, running and stopped, and nothing of it is changed', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/c/t')
  await lab.run('seq', 'update', '/test-org/c/t', '21.5')
  writeFileSync(join(lab.folder, 'large.bin'), Buffer.alloc(200_000, 1))
  await lab.run('put', join(lab.folder, 'large.bin'), '/test-org/')
  const running = (await lab.json('doctor')) as { findings: unknown[]; examined: Record<string, number> }
  assert.deepEqual(running.findings, [])
  assert.ok((running.examined['journal_records'] ?? 0) > 0 && (running.examined['files'] ?? 0) === 1, JSON.stringify(running))
  await lab.stopServer()
  const before = readFileSync(join(lab.folder, 'rhizo.db'))
  assert.match(await lab.run('doctor'), /^Nothing found in \d+ settings, \d+ resources, /)
  assert.match(await lab.run('doctor', '--quick'), /^Nothing found in /)
  assert.deepEqual(readFileSync(join(lab.folder, 'rhizo.db')), before)
  assert.equal(existsSync(join(lab.folder, 'rhizo.db-wal')), false, 'nothing is left behind')
  writeFileSync(join(lab.folder, 'config.yaml'), `${readFileSync(join(lab.folder, 'config.yaml'), 'utf8')}POTR: 5\n`)
  const bad = await lab.rhizo('doctor', '--json')
  assert.equal(bad.code, 1)
  assert.equal(bad.stderr, '')
  const { findings } = JSON.parse(bad.stdout) as { findings: Record<string, string>[] }
  assert.deepEqual(
    findings.map(({ check, severity, subject }) => [check, severity, subject]),
    [['settings', 'error', 'POTR']],
  )
  assert.match((await lab.rhizo('doctor')).stdout, /^error: POTR is wrong: Unknown setting POTR.* Did you mean PORT\?.*\n {2}Correct it/)
})

test(
  'a damaged block is named with its sequence and time; reads pass over it with a line in the log, and ' + 'all else stays readable',
  async (t) => {
    const { lab, database, settings } = await prepare(t)
    const id = lab.ctx.tree.find(PATH)?.id ?? 0
    assert.deepEqual(problems(await look(settings)), [])
    damageBlock(database, id)
    const first = formatTimestamp(START + BLOCK_VALUES * SECOND)
    const isNamed = (report: Report): void => {
      const [found, ...others] = problems(report)
      assert.ok(found?.startsWith(`values error: ${PATH} has a damaged block of ${BLOCK_VALUES} values from ${first} on: `), found)
      assert.deepEqual(others, [])
      assert.equal(report.counts.blocks, 6)
    }
    isNamed(await look(settings))
    assert.deepEqual(problems(await look(settings, { isQuick: true })), [], 'a quick look does not decode')

    const log = new RecordingLog()
    const again = await startLab(t, { folder: lab.folder, log })
    const admin = again.as(lab.key)
    const count = async (path: string): Promise<number> =>
      ((await admin.get(`/resources${path}`, { count: 1_000_000 })).json as { values: string[] }).values.length
    assert.equal(await count(PATH), 2 * BLOCK_VALUES + 1)
    assert.equal(await count('/lab/fridge/other'), 3 * BLOCK_VALUES)
    assert.equal(log.lines.filter(({ sequence, message }) => sequence === id && String(message).includes('rhizo doctor')).length, 1)
    isNamed(await look(settings))

    // A late value puts it aside; then it is still named, until somebody does what is advised.
    await admin.put(`/resources${PATH}`, {
      data: Buffer.from('7').toString('base64'),
      timestamp: formatTimestamp(START + (BLOCK_VALUES + 7) * SECOND + 1),
    })
    await (again.ctx.sequences as SqliteSequenceStore).seal()
    const aside = await look(settings)
    assert.match(
      problems(aside).join(),
      new RegExp(`${PATH} has a damaged block of ${BLOCK_VALUES} values from ${first} on: .*; it was put aside$`),
    )
    const [, start, end] = / --start (\S+) --end (\S+)\. /.exec(aside.findings[0]?.advice ?? '') ?? []
    assert.deepEqual([start, end], [first, formatTimestamp(START + (2 * BLOCK_VALUES - 1) * SECOND)])
    assert.equal((await admin.delete(`/resources${PATH}`, { data_only: 1, start_timestamp: start, end_timestamp: end })).status, 200)
    assert.deepEqual(problems(await look(settings)), [])
    assert.equal(await count(PATH), 2 * BLOCK_VALUES + 1)
  },
)

test('a header or a segment that says something else than the block holds is named too', async (t) => {
  const { lab, database, settings } = await prepare(t)
  const id = lab.ctx.tree.find(PATH)?.id ?? 0
  const whole = readFileSync(database)
  for (const [column, by] of [
    ['min', -1],
    ['max', 1],
    ['sum', 1_000],
    ['first_value', 1],
    ['last_value', 1],
    ['count', 1],
    ['bytes', 1],
    ['last', -1],
  ] as const) {
    change(database, (db) =>
      db.exec(
        `update sequence_blocks set ${column} = ${column} + ${by} where sequence_id = ${id} and first = (select min(first) ` +
          `from sequence_blocks where sequence_id = ${id})`,
      ),
    )
    assert.match(problems(await look(settings)).join(), new RegExp(`^values error: ${PATH} has a damaged block`), column)
    writeFileSync(database, whole)
  }
  assert.deepEqual(problems(await look(settings)), [])
})

test('a lab at work is found well, however its blocks are sealed anew meanwhile', async (t) => {
  const { lab, settings } = await prepare(t)
  const again = await startLab(t, { folder: lab.folder })
  const { id } = again.ctx.tree.find(PATH) ?? {}
  let isOver = false
  const work = async (): Promise<void> => {
    for (let round = 0; !isOver; round++) {
      await again.ctx.sequences.append(
        Array.from({ length: 500 }, (_, at) => ({
          sequence: { id: id ?? 0, isText: false },
          time: START + (round * 7_919 + at * 97) * SECOND + 1,
          value: round,
        })),
      )
      await (again.ctx.sequences as SqliteSequenceStore).seal()
    }
  }
  const working = work()
  for (let round = 0; round < 5; round++) assert.deepEqual(problems(await look(settings)), [])
  isOver = true
  await working
})

test('settings: each wrong one is named, and the rest is examined all the same', async (t) => {
  const { lab, database, settings } = await prepare(t)
  damageBlock(database, lab.ctx.tree.find(PATH)?.id ?? 0)
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}MAX_BODY_SIZ: 5\nDURABILITY: maybe\n`)
  const report = await look(settings)
  assert.deepEqual(
    report.findings.map(({ check, subject }) => [check, subject]),
    [
      ['settings', 'MAX_BODY_SIZ'],
      ['settings', 'DURABILITY'],
      ['values', PATH],
    ],
  )
  const settingsText = readFileSync(settings, 'utf8')
  writeFileSync(settings, settingsText.replace(/^(SALT|MAX_BODY_SIZ|DURABILITY).*\n/gm, ''))
  assert.match(problems(await look(settings))[0] ?? '', /^settings error: .*config.yaml is not complete: The setting SALT is missing/)
  writeFileSync(settings, settingsText.replace(/^(MAX_BODY_SIZ|DURABILITY).*\n/gm, ''))
  assert.match(
    problems(await look(settings, { environment: { RHIZO_SERVER_PROT: '1' } }))[0] ?? '',
    /^settings error: the environment is wrong: Unknown setting PROT/,
  )
  writeFileSync(settings, '{ not yaml')
  assert.match(problems(await look(settings)).join(), /^settings error: .* can't be read: .*is not YAML[^]*$/)
  assert.match(problems(await look(join(lab.folder, 'none.yaml'))).join(), /^settings error: .*none.yaml is not there$/)
})

test('a setting that does nothing is named, unless an earlier version wrote it', async (t) => {
  const { settings } = await prepare(t)
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}MESSAGE_TOKEN_SALT: from-an-earlier-version\n`)
  assert.deepEqual(problems(await look(settings)), [])
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}USE_SYSTEM_CSS: true\n`)
  assert.deepEqual(problems(await look(settings)), [
    `settings warning: ${settings} or the environment sets what does nothing here: USE_SYSTEM_CSS`,
  ])
})

test('files that everybody on the machine may read are named', async (t) => {
  const { lab, database, settings } = await prepare(t)
  chmodSync(settings, 0o644)
  chmodSync(database, 0o646)
  chmodSync(join(lab.folder, 'storage'), 0o755)
  assert.deepEqual(
    (await look(settings)).findings.map(({ subject, advice }) => [subject, advice]),
    [
      [settings, `chmod o-rwx ${settings}`],
      [database, `chmod o-rwx ${database}`],
    ],
    'nobody gets past the folders inside the storage folder',
  )
  chmodSync(join(lab.folder, 'storage'), 0o750)
  chmodSync(settings, 0o640)
  chmodSync(database, 0o600)
  assert.deepEqual(problems(await look(settings)), [])
})

test('content that is missing, cut, changed, or belongs to nothing', async (t) => {
  const { lab, database, settings } = await prepare(t)
  const file = new Sqlite(database, { readonly: true })
  const path = file.prepare<[], string>('select storage_path from resource_revisions where storage_path is not null').pluck().get() ?? ''
  file.close()
  const piece = join(lab.folder, 'storage', path)
  const content = readFileSync(piece)
  writeFileSync(piece, content.toString().replace('a', 'b'))
  assert.match(
    problems(await look(settings)).join(),
    /^files error: revision \d+ of large.bin, of .* is not what was stored: its SHA-1 is another one \(.*\)$/,
  )
  assert.deepEqual(problems(await look(settings, { isQuick: true })), [])
  writeFileSync(piece, content.subarray(1))
  assert.match(problems(await look(settings)).join(), /large.bin.* has 4999 bytes, and should have 5000/)
  writeFileSync(piece, content)

  await mkdir(join(lab.folder, 'storage', 'ab'), { recursive: true })
  for (const [name, days] of [
    ['0123', 3],
    ['4567.part', 3],
    ['89ab', 0],
  ] as const) {
    writeFileSync(join(lab.folder, 'storage', 'ab', name), 'x')
    const time = Date.now() / 1_000 - days * 86_400
    utimesSync(join(lab.folder, 'storage', 'ab', name), time, time)
  }
  assert.match(
    problems(await look(settings)).join(),
    /^files warning: 2 pieces in the storage folder belong to no file \(ab\/0123, ab\/4567.part\)$/,
  )
  assert.ok(existsSync(join(lab.folder, 'storage', 'ab', '4567.part')), 'only looked at')

  change(database, (db) =>
    db.exec(
      `update resource_revisions set data = x'00' where storage_path is null and size = 50; update resource_revisions set ` +
        `storage_path = 'ff/ff' where storage_path is not null`,
    ),
  )
  const found = problems(await look(settings))
  assert.ok(found.some((line) => /small.txt.* has 1 bytes in the database, and should have 50/.test(line)))
  assert.ok(found.some((line) => /large.bin.* has lost its content \(ff\/ff/.test(line)))
})

test('rows and records that are wrong', async (t) => {
  const { database, settings } = await prepare(t)
  change(database, (db) => {
    db.exec('update resource_revisions set resource_id = 999999 where size = 50')
    db.exec(`update resources set system_attributes = '{' where name = 'other'`)
    db.prepare('insert into sequence_journal (data) values (?)').run(Buffer.from('no record'))
    db.exec("update sequence_blocks set sequence_id = 888888 where sequence_id = (select id from resources where name = 'other')")
  })
  const found = problems(await look(settings))
  const expected = [
    /^database error: .*rhizo.db has a stray row: row \d+ of resource_revisions belongs to a row of resources that is gone$/,
    /^database error: .*, resource \d+ \(other\) has attributes or permissions that are no JSON/,
    /^values error: .*record \d+ of the journal held new values of some sequences. It is of no known kind \(\d+, 9 bytes\): it is damaged$/,
    /^values warning: sequence 888888 has values, but is gone itself$/,
  ]
  assert.equal(found.length, expected.length, found.join('\n'))
  for (const [at, pattern] of expected.entries()) assert.match(found[at] ?? '', pattern)
})

test('a database that is damaged, newer, gone, or none', async (t) => {
  const { database, settings } = await prepare(t)
  const whole = readFileSync(database)
  const pageSize = whole.readUInt16BE(16)
  const torn = Buffer.from(whole)
  // The pages of the journal and the blocks' data are in the midst of the file.
  for (let page = 8; page * pageSize < torn.length; page += 3) torn.fill(0x55, page * pageSize, page * pageSize + 100)
  writeFileSync(database, torn)
  const found = problems(await look(settings))
  assert.ok(
    found.some((line) => line.startsWith('database error: ')),
    found.join('\n'),
  )
  writeFileSync(database, whole)
  change(database, (db) => db.exec(`insert into schema_migrations (number, name, timestamp) values (99, 'later', 0)`))
  assert.match(
    problems(await look(settings)).join(),
    /^database error: .* has the schema version 99, and this rhizo knows versions up to \d+$/,
  )
  writeFileSync(database, 'this is no database at all, however long it may be; '.repeat(100))
  assert.match(problems(await look(settings)).join(), /^database error: .* can't be read: file is not a database$/)
  const elsewhere = `${readFileSync(settings, 'utf8')}DATABASE_URI: sqlite:///other.db\n`
  writeFileSync(settings, elsewhere)
  assert.match(problems(await look(settings)).join(), /^database error: .*other.db is not there$/)
  assert.throws(() => statSync(`${database.replace('rhizo.db', 'other.db')}.lock`), 'nothing was made')
})

test('a clock that is behind, values that are to come, and a port that is taken', async (t) => {
  const { lab, settings } = await prepare(t)
  const clock = new FakeClock()
  clock.time = Date.UTC(2020, 0, 1) * 1000
  assert.match(problems(await look(settings, { clock })).join(), /^machine error: the clock shows 2020-01-01T00:00:00Z, which is long ago$/)
  clock.time = Date.UTC(2026, 0, 1) * 1000
  const found = problems(await look(settings, { clock }))
  assert.match(found[0] ?? '', /^machine error: the clock shows 2026-01-01T00:00:00Z, and the server wrote at .* already/)
  const early = new FakeClock()
  early.time = START + 5 * 3_600 * SECOND
  change(join(lab.folder, 'rhizo.db'), (db) =>
    db.exec(
      'update schema_migrations set timestamp = 0; delete from probes; update sequence_blocks set last = last + 200000000000 ' +
        `where first = ${START + 2 * BLOCK_VALUES * SECOND}`,
    ),
  )
  assert.match(
    problems(await look(settings, { clock: early, isQuick: true })).join(),
    /^machine warning: values reach to 2026-01-03T.*, which is to come/,
  )

  const other = createServer()
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('PORT: 0', `PORT: ${(other.address() as AddressInfo).port}`))
  assert.match(
    problems(await look(settings, { isQuick: true })).join(),
    /^machine error: port \d+ on 127.0.0.1 is taken by another program/,
  )
  const again = await startLab(t, { folder: lab.folder })
  assert.match(
    problems(await look(settings, { isQuick: true, urlOf: () => 'http://127.0.0.1:1' })).join(),
    /^machine error: the server \(process \d+\) does not answer at http:\/\/127.0.0.1:1$/,
  )
  assert.deepEqual(problems(await look(settings, { isQuick: true, urlOf: () => again.url })), [])
})
