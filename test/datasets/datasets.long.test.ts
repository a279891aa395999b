/** Data sets that are cited: the same bytes wherever they are made, and any change is found without a server. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { checkDataset } from '../../src/client/check-dataset.ts'
import { SECOND } from '../../src/base/time.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { startCommandLineLab } from '../support/command-line.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { unzip } from '../support/zip.ts'

const START = Date.UTC(2026, 0, 1) * 1000
const RANGE = { start_timestamp: '2026-01-01T00:00:00Z', end_timestamp: '2026-01-01T00:00:09Z' }

async function startFreezer(t: TestContext): Promise<Lab> {
  const lab = await startLab(t)
  const temperature = await lab.sequence('/lab/freezer/temperature', 1, { units: '°C' })
  const door = await lab.sequence('/lab/freezer/door: left', 2)
  await lab.sequence('/lab/freezer/camera', 3)
  await lab.ctx.sequences.append([
    ...Array.from({ length: 20 }, (_, at) => ({ sequence: refOf(temperature), time: START + at * SECOND, value: at / 8 })),
    { sequence: refOf(door), time: START + SECOND, value: 'open, "wide"' },
  ])
  const note = { path: '/lab/freezer', text: 'door open', start_timestamp: '2026-01-01T00:00:05Z' }
  assert.equal((await lab.post('/notes', note)).status, 200)
  return lab
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rhizo-datasets-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

test('a data set holds values, notes and what the sequences are; two labs with the same content make the same bytes', async (t) => {
  const [one, two] = [await startFreezer(t), await startFreezer(t)]
  const [a, b] = await Promise.all([one, two].map((lab) => lab.get('/datasets', { path: '/lab/freezer', ...RANGE })))
  assert.equal(a?.status, 200, a?.text)
  assert.ok(Buffer.from(a?.bytes ?? []).equals(Buffer.from(b?.bytes ?? [])), 'the same bytes')
  const files = unzip(a?.bytes ?? new Uint8Array())
  assert.deepEqual(
    [...files.keys()],
    [
      'README.md',
      'sequences.json',
      'notes.json',
      'masks.json',
      'calibrations.json',
      'values/lab/freezer/door%3A left.csv',
      'values/lab/freezer/temperature.csv',
      'datapackage.json',
      'manifest.json',
    ],
  )
  const text = (name: string): string => files.get(name)?.toString('utf8') ?? ''
  assert.equal(text('values/lab/freezer/door%3A left.csv'), 'timestamp,value\n2026-01-01T00:00:01Z,"open, ""wide"""\n')
  assert.equal(text('values/lab/freezer/temperature.csv').split('\n').length, 12, 'a header, ten values, and the end')
  const [note] = JSON.parse(text('notes.json')) as { text: string; path: string }[]
  assert.deepEqual([note?.text, note?.path], ['door open', '/lab/freezer'])
  assert.match(text('README.md'), /°C.*values\/lab\/freezer\/temperature\.csv[^]*Left out[^]*\/lab\/freezer\/camera/)
  const manifest = JSON.parse(text('manifest.json')) as { values: number; files: { path: string; sha256: string; bytes: number }[] }
  assert.equal(manifest.values, 11)
  for (const file of manifest.files) {
    assert.equal(
      createHash('sha256')
        .update(files.get(file.path) ?? '')
        .digest('hex'),
      file.sha256,
      file.path,
    )
    assert.equal(files.get(file.path)?.length, file.bytes)
  }
  assert.equal(manifest.files.length, files.size - 1)
  const { resources } = JSON.parse(text('datapackage.json')) as { resources: { path: string; schema: { fields: { unit?: string }[] } }[] }
  assert.deepEqual(
    resources.map(({ path }) => files.has(path)),
    [true, true],
  )
  assert.equal(resources[1]?.schema.fields[1]?.unit, '°C')

  const masked = { path: '/lab/freezer/temperature', where: 'value > 1', note: 'fan off' }
  assert.equal((await two.post('/sequences/masks', masked)).status, 200)
  const withMask = unzip((await two.get('/datasets', { path: '/lab/freezer', ...RANGE })).bytes)
  assert.equal(withMask.get('values/lab/freezer/temperature.csv')?.toString().split('\n').length, 11, 'nine values are not bad')
  assert.equal(withMask.get('raw/lab/freezer/temperature.csv')?.toString(), text('values/lab/freezer/temperature.csv'))
  assert.match(withMask.get('masks.json')?.toString() ?? '', /fan off/)

  const other = await two.get('/datasets', { path: '/lab/freezer' })
  assert.notDeepEqual(other.bytes, a?.bytes, 'another range is another data set')
})

test('each byte that is changed, and each that is missing or added, is found', async (t) => {
  const lab = await startFreezer(t)
  const bytes = Buffer.from((await lab.get('/datasets', { path: '/lab/freezer/temperature', ...RANGE })).bytes)
  const file = join(await folder(t), 'run.zip')
  await writeFile(file, bytes)
  const sound = await checkDataset(file)
  assert.deepEqual(sound.problems, [])
  assert.match(sound.id ?? '', /^sha256:[0-9a-f]{64}$/)
  assert.equal(sound.manifest?.values, 10)
  const isFound = async (changed: Buffer): Promise<boolean> => {
    await writeFile(file, changed)
    const check = await checkDataset(file).catch((error: unknown) => ({ problems: [String(error)] }))
    return check.problems.length > 0
  }
  for (let at = 0; at < bytes.length; at += at > bytes.length - 120 ? 1 : 29) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 0x10
    assert.ok(await isFound(changed), `byte ${at} of ${bytes.length}`)
  }
  assert.ok(await isFound(bytes.subarray(0, -1)))
  assert.ok(await isFound(bytes.subarray(0, bytes.length / 2)))
  assert.ok(await isFound(Buffer.concat([bytes, Buffer.from('\n')])))
  const named = Buffer.from(bytes)
  named[bytes.indexOf('Z,0.125\n') + 3] = 0x31
  await writeFile(file, named)
  assert.match((await checkDataset(file)).problems.join(' '), /values\/lab\/freezer\/temperature\.csv was changed/)
})

test('rhizo cite writes and keeps a data set, rhizo verify names what was changed, without a server', async (t) => {
  const { folder: place, rhizo, run, client, stopServer } = await startCommandLineLab(t)
  const library = await client()
  await run('seq', 'create', '/test-org/freezer/temperature')
  await library.sequences.append([{ path: '/test-org/freezer/temperature', timestamp: START / SECOND, value: 4.5 }])
  const said = await run(
    'cite',
    '/test-org/freezer',
    '--start',
    '2026-01-01',
    '--end',
    '2026-02-01',
    '--output',
    'run7.zip',
    '--keep',
    '/test-org/data',
  )
  const id = /^(sha256:\S+) {2}1 values\n$/.exec(said)?.[1] ?? ''
  const bytes = await readFile(join(place, 'run7.zip'))
  assert.ok((await library.files.read('/test-org/data/run7.zip')).equals(bytes), 'it is kept as it is')
  assert.equal((await rhizo('cite', '/test-org/data', '--output', 'none.zip')).code, 2, 'there is no sequence')
  await stopServer()

  assert.equal((await rhizo('verify', 'run7.zip', '--id', id)).code, 0)
  const wrong = await rhizo('verify', 'run7.zip', '--id', 'sha256:0')
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /Its id is sha256:[0-9a-f]+, not sha256:0/)
  bytes[bytes.indexOf('4.5\n')] = 0x39
  await writeFile(join(place, 'run7.zip'), bytes)
  const changed = await rhizo('verify', 'run7.zip')
  assert.equal(changed.code, 1)
  assert.match(changed.stderr, /temperature\.csv was changed/)
  const none = await rhizo('verify', 'config.yaml')
  assert.equal(none.code, 2)
  assert.match(none.stderr, /no data set of "rhizo cite"/)
})
