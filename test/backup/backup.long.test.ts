/** Backups of a lab that runs: what they hold, what they take, and what is not taken for one. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFile, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Backups, listBackups } from '../../src/backup/backups.ts'
import { FolderPlace } from '../../src/backup/folder-place.ts'
import { formatManifest } from '../../src/backup/manifest.ts'
import { makeBackup } from '../../src/backup/make-backup.ts'
import { plainCipher } from '../../src/backup/piece-cipher.ts'
import { fileLabelOf, formatTimestamp } from '../../src/base/time.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { KEY, backUpLab, makeFolder, restoreTo, startRestored, upload, valuesOf } from '../support/backups.ts'
import { startLab, type Lab } from '../support/lab.ts'

const PATH = '/lab/fridge/temperature'
const SETTINGS = { STORAGE_THRESHOLD: 1_000 }

/** Sends 0, 1, 2 … as fast as told, until stopped. */
function sendValues(lab: Lab, everyMs: number): { acknowledged: () => number; stop: () => Promise<void> } {
  let [next, isStopped] = [0, false]
  const sending = (async () => {
    while (!isStopped) {
      assert.equal((await lab.put('/resources', { values: { [PATH]: next } })).status, 200)
      next++
      await pause(everyMs)
    }
  })()
  return {
    acknowledged: () => next,
    stop: async () => {
      isStopped = true
      await sending
    },
  }
}

const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

test('a backup while values flow ends, and holds each value that was acknowledged before it, and none out of order', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  await lab.sequence(PATH)
  const { id } = await lab.sequence('/lab/fridge/older')
  const old = Array.from({ length: 200_000 }, (_, at) => ({ sequence: { id, isText: false }, time: at * 1e6, value: Math.sin(at) }))
  await lab.ctx.sequences.append(old)
  await (lab.ctx.sequences as SqliteSequenceStore).seal()
  const picture = randomBytes(300_000)
  await upload(lab, 'picture.bin', picture)
  const flow = sendValues(lab, 5)
  while (flow.acknowledged() < 10) await pause(1)
  const backups = await makeFolder(t)
  const before = flow.acknowledged()
  const made = await backUpLab(lab, backups)
  const after = flow.acknowledged()
  await flow.stop()
  assert.deepEqual(made.warnings, [])
  const again = await startRestored(t, backups)
  const values = await valuesOf(again, PATH)
  assert.deepEqual(values, [...values.keys()], 'nothing between is missing')
  assert.ok(values.length >= before && values.length <= after + 1, `${values.length} of ${before} to ${after}`)
  const info = (await again.get('/sequences/info', { path: '/lab/fridge/older' })).json as { values: number }
  assert.equal(info.values, old.length)
  assert.deepEqual(Buffer.from((await again.get('/resources/lab/picture.bin')).bytes), picture)
  assert.equal((await again.as(lab.key).get('/resources/lab')).status, 200, 'keys work, as the SALT came along')
})

test('a second backup writes what is new, and reads no large file again', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  await upload(lab, 'large.bin', randomBytes(9_000_000))
  const backups = await makeFolder(t)
  const first = await backUpLab(lab, backups)
  assert.ok(first.writtenBytes > 9_000_000)
  // Its content could not be read now.
  const [piece = ''] = (await filesBelow(lab.settings.storageFolder)).filter((path) => /[0-9a-f]{30}$/.test(path))
  const content = await readFile(piece)
  await rm(piece)
  await upload(lab, 'small.bin', randomBytes(5_000))
  const second = await backUpLab(lab, backups)
  assert.deepEqual(second.warnings, [])
  assert.ok(second.writtenBytes < 2_000_000, `wrote ${second.writtenBytes} bytes`)
  assert.equal((await listBackups(new FolderPlace(backups))).length, 2)
  await writeFile(piece, content)
  const again = await startRestored(t, backups)
  assert.equal((await again.get('/resources/lab/large.bin')).bytes.length, 9_000_000)
})

test('files and folders of a backup are for their owner only', async (t) => {
  const lab = await startLab(t)
  const backups = join(await makeFolder(t), 'backups of the lab')
  await backUpLab(lab, backups)
  for (const name of ['.', ...(await readdir(backups, { recursive: true }))]) {
    const { mode } = await stat(join(backups, name))
    assert.equal(mode & 0o077, 0, `${name} has mode ${(mode & 0o777).toString(8)}`)
  }
})

test('an encrypted backup shows nothing of the lab, and opens with its key alone', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  const secret = Buffer.from('the recipe of the brine '.repeat(200))
  await upload(lab, 'recipe.txt', secret)
  const backups = await makeFolder(t)
  await backUpLab(lab, backups, { key: KEY })
  for (const file of await filesBelow(backups)) {
    const content = await readFile(file)
    for (const word of ['recipe', 'SQLite format', 'salt-for-tests', KEY, 'admin@example.com'])
      assert.equal(content.includes(word), false, `${file} holds ${word}`)
  }
  assert.equal(
    (await readdir(lab.folder)).some((name) => name.endsWith('.backup-copy')),
    false,
    'the copy in the clear is gone',
  )
  const place = await makeFolder(t)
  await assert.rejects(restoreTo(backups, place), /are encrypted: give their key/)
  await assert.rejects(restoreTo(backups, place, { key: `${KEY}!` }), /not the one that these backups were encrypted with/)
  await assert.rejects(backUpLab(lab, backups), /are encrypted: give their key/)
  assert.deepEqual(await readdir(place), [])
  const again = await startRestored(t, backups, { key: KEY })
  assert.deepEqual(Buffer.from((await again.get('/resources/lab/recipe.txt')).bytes), secret)
})

test('a manifest that somebody without the key put among encrypted backups is none, under whatever time', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  await upload(lab, 'first.txt', Buffer.from('the first'))
  const backups = await makeFolder(t)
  const made = await backUpLab(lab, backups, { key: KEY })
  const opened = await Backups.open(new FolderPlace(backups), KEY)
  const [listed] = await opened.list()
  assert.ok(listed)
  const { head, body, time } = await opened.read(listed)
  const later = time + 60_000_000
  const plain = formatManifest({ ...head, time: formatTimestamp(later), encryption: null }, { ...body, files: [] }, plainCipher)
  const label = (at: number): string => join(backups, 'backups', `${fileLabelOf(at)}.json`)
  await writeFile(label(later), plain)
  // An old backup as a new one.
  await copyFile(label(time), label(later + 60_000_000))
  const restored = await restoreTo(backups, await makeFolder(t), { key: KEY })
  assert.equal(restored.time, made.time)
  assert.match(restored.warnings.join('\n'), /was made at .*\n.*is not encrypted, among backups that are/s)
})

test('a file that is removed for good while the backup is made is not missed', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  for (const name of ['first.bin', 'second.bin']) await upload(lab, name, randomBytes(5_000))
  const backups = await makeFolder(t)
  const folder = await Backups.claim(new FolderPlace(backups), { lab: null, key: undefined })
  let isFirst = true
  const target = {
    path: folder.path,
    cipher: folder.cipher,
    scratch: folder.scratch,
    has: folder.has.bind(folder),
    finish: folder.finish.bind(folder),
    put: async (name: string, content: Uint8Array) => {
      if (isFirst) {
        isFirst = false
        assert.equal((await lab.delete('/resources/lab/second.bin')).status, 200)
        assert.equal((await lab.delete('/resources/lab/second.bin', { purge: 1 })).status, 200)
        await upload(lab, 'third.bin', Buffer.alloc(5_000, 3))
      }
      return folder.put(name, content)
    },
  }
  const made = await makeBackup(target, { settings: lab.settings, clock: systemClock, hasSecrets: true })
  await folder.close()
  assert.deepEqual([made.files, made.warnings], [2, []])
  const again = await startRestored(t, backups)
  assert.deepEqual(Buffer.from((await again.get('/resources/lab/third.bin')).bytes), Buffer.alloc(5_000, 3))
})

test('content that the lab has lost is told, and does not stop a backup', async (t) => {
  const lab = await startLab(t, { settings: SETTINGS })
  for (const name of ['lost.bin', 'kept.bin']) await upload(lab, name, randomBytes(5_000))
  const [piece = ''] = (await filesBelow(lab.settings.storageFolder)).filter((path) => /[0-9a-f]{30}$/.test(path))
  await rm(piece)
  const { files, warnings } = await backUpLab(lab, await makeFolder(t))
  assert.equal(files, 1)
  assert.match(warnings.join(), /content of 1 revisions is not in bulk storage any more/)
})

test('a folder is of one lab, and of one backup at a time', async (t) => {
  const [lab, other] = [await startLab(t), await startLab(t)]
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  await assert.rejects(backUpLab(other, backups), /holds the backups of another lab/)
  await assert.rejects(backUpLab(lab, backups, { key: KEY }), /are not encrypted, and there is a key/)
  await assert.rejects(backUpLab(lab, join(lab.settings.storageFolder, 'backups')), /is in the storage folder/)
  await assert.rejects(backUpLab(lab, join(backups, 'not', 'mounted')), /There is no folder .*is its disk mounted/)
  const held = await Backups.claim(new FolderPlace(backups), { lab: null, key: undefined })
  await assert.rejects(backUpLab(lab, backups), /Another backup to .* is under way/)
  await held.close()
  await rm(backups, { recursive: true })
  await assert.rejects(backUpLab(lab, backups, { isKnown: true }), /held backups of this lab and holds none now/)
})

test('a manifest that is torn is no backup, and a piece that is damaged is written again by the next', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  await lab.put('/resources', { values: { [PATH]: 1 } })
  const backups = await makeFolder(t)
  await backUpLab(lab, backups)
  const { file } = await backUpLab(lab, backups)
  await truncate(file, Math.floor((await stat(file)).size / 2))
  const restored = await restoreTo(backups, await makeFolder(t))
  assert.match(restored.warnings.join(), /incomplete or damaged: it is no backup. The next older one is used/)
  await rm(file)

  const pieces = (await filesBelow(join(backups, 'pieces'))).sort()
  for (const piece of pieces) await writeFile(piece, Buffer.alloc((await stat(piece)).size, 1))
  await backUpLab(lab, backups)
  assert.deepEqual(await valuesOf(await startRestored(t, backups), PATH), [1])
})
