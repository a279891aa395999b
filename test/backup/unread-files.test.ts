/** A file that the disk can't read stops no backup: it is named, and the backup is taken for no whole one. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { backUpLab, KEY, makeFolder, restoreTo, startRestored, upload, valuesOf } from '../support/backups.ts'
import { startLab, type Lab } from '../support/lab.ts'

const CONTENTS = new Map(['one.bin', 'two.bin', 'three.bin'].map((name) => [name, randomBytes(5_000)]))
const KEEP = { daily: 1, weekly: 1, monthly: 1 }

async function startFiled(t: TestContext): Promise<Lab> {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  for (const [name, content] of CONTENTS) await upload(lab, name, content)
  await lab.sequence('/lab/fridge/temperature')
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 4 } })
  return lab
}

/** Puts a folder in the place of a file's content: reading it fails as on a bad place of the disk. @returns puts the content back */
async function spoil(lab: Lab, name: string): Promise<() => Promise<void>> {
  const row = await lab.ctx.db
    .selectFrom('resource_revisions')
    .innerJoin('resources', 'resources.id', 'resource_revisions.resource_id')
    .select('storage_path')
    .where('resources.name', '=', name)
    .executeTakeFirstOrThrow()
  const piece = join(lab.settings.storageFolder, row.storage_path ?? '')
  await rename(piece, `${piece}.aside`)
  await mkdir(piece)
  return async () => {
    await rmdir(piece)
    await rename(`${piece}.aside`, piece)
  }
}

const filesOf = async (lab: Lab): Promise<string[]> => {
  const readable: string[] = []
  for (const [name, content] of CONTENTS) {
    const { status, bytes } = await lab.get(`/resources/lab/${name}`)
    if (status === 200 && content.equals(Buffer.from(bytes))) readable.push(name)
  }
  return readable
}

for (const key of [undefined, KEY])
  test(`a backup goes on past a file that can not be read, and names it${key === undefined ? '' : ', encrypted too'}`, async (t) => {
    const lab = await startFiled(t)
    const backups = await makeFolder(t)
    const putBack = await spoil(lab, 'two.bin')
    const made = await backUpLab(lab, backups, { key })
    assert.deepEqual(
      made.unread.map(({ file, code }) => [file.replace(/\d+/, 'N'), code]),
      [['/lab/two.bin (revision N)', 'EISDIR']],
    )
    assert.deepEqual([made.files, made.warnings], [2, []])

    // It is all that there is, so it is restored, and says what is missing.
    const place = await makeFolder(t)
    const keyed = key === undefined ? {} : { key }
    const { warnings } = await restoreTo(backups, place, keyed)
    assert.match(
      warnings.join(),
      /content of 1 revisions could not be read, and is not in the backup \(\/lab\/two\.bin \(revision \d+\): EISDIR\)/,
    )
    const again = await startLab(t, { folder: place })
    assert.deepEqual(await filesOf(again), ['one.bin', 'three.bin'])
    assert.deepEqual(await valuesOf(again, '/lab/fridge/temperature'), [4])

    await putBack()
    const next = await backUpLab(lab, backups, { key, keep: KEEP })
    assert.deepEqual([next.unread, next.files], [[], 3])
    assert.equal((await readdir(join(backups, 'backups'))).length, 1, 'the one that lacked something is superseded')
    assert.deepEqual(await filesOf(await startRestored(t, backups, keyed)), [...CONTENTS.keys()])
  })

test('a backup that lacks a file takes the place of no whole one: not when old ones go, nor when one is restored', async (t) => {
  const lab = await startFiled(t)
  const backups = await makeFolder(t)
  const whole = await backUpLab(lab, backups, { keep: KEEP })
  await upload(lab, 'new.bin', randomBytes(5_000))
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 5 } })
  await spoil(lab, 'new.bin')
  const partial = await backUpLab(lab, backups, { keep: KEEP })
  const later = await backUpLab(lab, backups, { keep: KEEP })
  assert.deepEqual([partial.unread.length, later.unread.length], [1, 1])
  assert.equal((await readdir(join(backups, 'backups'))).length, 2, 'the whole one, and the newest of the others')

  const place = await makeFolder(t)
  const restored = await restoreTo(backups, place)
  assert.equal(restored.time, whole.time)
  assert.match(restored.warnings.join(), /is newer and was passed over, as it is not the whole lab.*\/lab\/new\.bin.*say --at /)
  assert.deepEqual(await filesOf(await startLab(t, { folder: place })), [...CONTENTS.keys()])

  const other = await makeFolder(t)
  const asked = await restoreTo(backups, other, { at: later.time })
  assert.equal(asked.time, later.time)
  assert.match(asked.warnings.join(), /\/lab\/new\.bin/)
  assert.deepEqual(await valuesOf(await startLab(t, { folder: other }), '/lab/fridge/temperature'), [4, 5])
})
