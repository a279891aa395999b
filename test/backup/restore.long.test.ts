/** Restores: into an empty place and over a stopped lab; what is refused leaves the place as it was. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { parse } from 'yaml'
import { listBackups } from '../../src/backup/backups.ts'
import { FolderPlace } from '../../src/backup/folder-place.ts'
import { systemClock } from '../../src/base/clock.ts'
import { DAY, formatTimestamp } from '../../src/base/time.ts'
import { loadSettings } from '../../src/settings/settings.ts'
import { backUpLab, makeFolder, restoreTo, startRestored, upload, valuesOf } from '../support/backups.ts'
import { startLab } from '../support/lab.ts'
import { onFileAlone } from '../support/postgres.ts'

const PATH = '/lab/fridge/temperature'
const SETTINGS = { STORAGE_THRESHOLD: 1_000 }

test(
  'a restored lab has the settings of the backup, and the place of its own',
  onFileAlone('the file of the database is what it looks at'),
  async (t) => {
    const lab = await startLab(t, { settings: { SYSTEM_NAME: 'Greenhouse 3', DATABASE_URI: `sqlite:///${await makeFolder(t)}/else.db` } })
    const backups = await makeFolder(t)
    await backUpLab(lab, backups)
    const place = await makeFolder(t)
    const { settings } = await restoreTo(backups, place)
    assert.deepEqual([settings.databaseFile, settings.storageFolder], [join(place, 'else.db'), join(place, 'storage')])
    const loaded = loadSettings(join(place, 'config.yaml'), {})
    assert.deepEqual([loaded.SYSTEM_NAME, loaded.SALT], ['Greenhouse 3', lab.settings.SALT])
    for (const file of ['config.yaml', 'else.db']) assert.equal((await stat(join(place, file))).mode & 0o777, 0o600)
  },
)

test('a backup without secrets says that no key will work, and keeps the secrets of the place', async (t) => {
  const lab = await startLab(t, { settings: { OUTGOING_EMAIL_PASSWORD: 'hunter2hunter2' } })
  const backups = await makeFolder(t)
  await backUpLab(lab, backups, { hasSecrets: false })
  const place = await makeFolder(t)
  const { warnings } = await restoreTo(backups, place)
  assert.match(warnings.join(), /a new SALT was made: no key of the lab works any more/)
  const text = await readFile(join(place, 'config.yaml'), 'utf8')
  assert.equal(/hunter2|salt-for-tests/.test(text), false)
  assert.ok((parse(text) as { SALT: string }).SALT.length >= 16)

  const kept = await makeFolder(t)
  await writeFile(join(kept, 'config.yaml'), 'SALT: the-salt-that-is-kept\nSECRET_KEY: the-key-that-is-kept\n')
  await restoreTo(backups, kept, { isOver: true })
  assert.equal(loadSettings(join(kept, 'config.yaml'), {}).SALT, 'the-salt-that-is-kept')
})

test('a lab that is there is refused, and one that runs too, and both go on as they are', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  await assert.rejects(restoreTo(backups, lab.folder), /A lab is there already .* say --over/)
  await assert.rejects(restoreTo(backups, lab.folder, { isOver: true }), /daemon .* is using/)
  await lab.put('/resources', { values: { [PATH]: 7 } })
  assert.deepEqual(await valuesOf(lab, PATH), [7])
})

test(
  'over a lab, no log of the old database is taken for the new one, and the old one is kept whole',
  onFileAlone('the file of the database is what it looks at'),
  async (t) => {
    const lab = await startLab(t, { settings: SETTINGS })
    await lab.sequence(PATH)
    await lab.put('/resources', { values: { [PATH]: 1 } })
    await upload(lab, 'kept.bin', Buffer.alloc(5_000, 1))
    const backups = await makeFolder(t)
    await backUpLab(lab, backups)
    await lab.put('/resources', { values: { [PATH]: 2 } })
    await upload(lab, 'later.bin', Buffer.alloc(5_000, 2))
    const [database, wal] = [await readFile(lab.settings.databaseFile), await readFile(`${lab.settings.databaseFile}-wal`)]
    await lab.stop()
    // As a crash leaves it: what is newest is in the log alone.
    await writeFile(lab.settings.databaseFile, database)
    await writeFile(`${lab.settings.databaseFile}-wal`, wal)
    const { aside } = await restoreTo(backups, lab.folder, { isOver: true })
    const again = await startLab(t, { folder: lab.folder })
    assert.deepEqual(await valuesOf(again, PATH), [1])
    assert.equal((await again.get('/resources/lab/kept.bin')).bytes.length, 5_000)
    assert.equal((await again.get('/resources/lab/later.bin')).status, 404)
    await again.stop()

    const old = aside.find((path) => path.includes('rhizo.db')) ?? ''
    const before = await startLab(t, { folder: lab.folder, settings: { DATABASE_URI: `sqlite:///${old}` } })
    assert.deepEqual(await valuesOf(before, PATH), [1, 2])
    assert.equal((await before.get('/resources/lab/later.bin')).bytes.length, 5_000, 'its files are still there')
  },
)

test('--at takes the newest backup of that time or before', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  const backups = await makeFolder(t)
  for (const value of [1, 2, 3]) {
    await lab.put('/resources', { values: { [PATH]: value } })
    await backUpLab(lab, backups)
  }
  const [first, second] = (await listBackups(new FolderPlace(backups))).map(({ time }) => time)
  assert.ok(first !== undefined && second !== undefined)
  assert.deepEqual(await valuesOf(await startRestored(t, backups, { at: second }), PATH), [1, 2])
  assert.deepEqual(await valuesOf(await startRestored(t, backups, { at: second - 1 }), PATH), [1])
  await assert.rejects(restoreTo(backups, await makeFolder(t), { at: first - 1 }), /no backup in .* of .* or before; the oldest is of/)
})

test('a backup that a wrong clock dated ahead is not taken for the newest, unless it is asked for or there is no other', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  const [backups, alone] = [await makeFolder(t), await makeFolder(t)]
  const ahead = { now: () => systemClock.now() + 365 * DAY, monotonic: () => systemClock.monotonic() }
  const store = async (value: number): Promise<void> => void (await lab.put('/resources', { values: { [PATH]: value } }))
  await store(1)
  const early = await backUpLab(lab, backups, { clock: ahead })
  await backUpLab(lab, alone, { clock: ahead })
  await store(2)
  const late = await backUpLab(lab, backups)
  const { time, warnings } = await restoreTo(backups, await makeFolder(t))
  assert.equal(time, late.time)
  assert.match(warnings.join(), new RegExp(`dated ahead of this machine's clock .*${formatTimestamp(early.time)}.*--at takes it`))
  assert.equal((await restoreTo(backups, await makeFolder(t), { at: early.time })).time, early.time)
  assert.deepEqual((await restoreTo(alone, await makeFolder(t))).warnings, [])
})

test('a backup with a piece that is missing, cut or changed is refused by name, and nothing is there then', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  await upload(lab, 'file.bin', randomBytes(5_000))
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  const pieces = (await readdir(join(backups, 'pieces'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  assert.ok(pieces.length >= 3)
  for (const piece of pieces) {
    const content = await readFile(piece)
    const [place, changed] = [await makeFolder(t), Buffer.from(content)]
    changed[Math.floor(changed.length / 2)] = (changed[Math.floor(changed.length / 2)] ?? 0) ^ 1
    for (const damage of [() => rm(piece), () => writeFile(piece, content.subarray(1)), () => writeFile(piece, changed)]) {
      await damage()
      await assert.rejects(restoreTo(backups, place), /piece .* (is missing|is damaged|or is cut)/)
      assert.equal(existsSync(join(place, 'rhizo.db')), false)
      const left = (await readdir(place, { recursive: true }).catch(() => [])).filter((name) => /\.db$|config|storage/.test(name))
      assert.deepEqual(left, [])
      await rm(place, { recursive: true, force: true })
      await writeFile(piece, content)
    }
  }
})

test('a backup of a newer rhizo is refused', onFileAlone('the file of the database is what it looks at'), async (t) => {
  const lab = await startLab(t)
  await lab.stop()
  const { default: Sqlite } = await import('better-sqlite3')
  const file = new Sqlite(lab.settings.databaseFile)
  file.exec("insert into schema_migrations (number, name, timestamp) values (99, 'future', 1)")
  file.close()
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  await assert.rejects(restoreTo(backups, await makeFolder(t)), /schema version 99, and this rhizo knows versions up to/)
})
