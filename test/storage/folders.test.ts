/** Names of folders are synced when they are made: seen by a shim that counts fsync of folders. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { makeFolder } from '../support/outgoing-records.ts'

const folders = fileURLToPath(new URL('../../src/base/folders.js', import.meta.url))
const storage = fileURLToPath(new URL('../../src/storage/files/folder-storage.js', import.meta.url))

/** Runs code that sees each folder that is synced as a line of its stdout. */
function syncedBy(code: string, folder: string): string[] {
  const program = `
    const { createRequire } = await import('node:module')
    const fs = createRequire(import.meta.url)('node:fs')
    const probe = await fs.promises.open(process.argv[1], 'r')
    const proto = Object.getPrototypeOf(probe)
    const { sync } = proto
    const nameOf = (descriptor) => fs.readlinkSync('/proc/self/fd/' + descriptor)
    proto.sync = async function () { console.log(nameOf(this.fd)); return sync.call(this) }
    await probe.close()
    const folder = process.argv[1]
    ${code}`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program, folder], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.split('\n').filter((line) => line !== '')
}

test('a folder that is made is synced with each above it, and one that another caller makes just now too', async (t) => {
  const folder = await makeFolder(t)
  const synced = syncedBy(
    `const { makeFolder } = await import(${JSON.stringify(folders)})
     const path = folder + '/a/b/c'
     await makeFolder(path); console.log('again'); await makeFolder(path)`,
    folder,
  )
  assert.deepEqual(synced, [folder, join(folder, 'a'), join(folder, 'a/b'), 'again', join(folder, 'a/b')])
  assert.ok(existsSync(join(folder, 'a/b/c')))
})

test("a lab's first upload syncs the names of the storage folder, of the folder in it and of the piece", async (t) => {
  const folder = await makeFolder(t)
  const synced = syncedBy(
    `const { FolderStorage } = await import(${JSON.stringify(storage)})
     const files = new FolderStorage(folder + '/storage')
     const { path } = await files.write((async function* () { yield Buffer.from('content') })(), 100)
     console.log(path)`,
    folder,
  )
  const path = synced.pop() ?? ''
  assert.equal(readFileSync(join(folder, 'storage', path), 'utf8'), 'content')
  assert.deepEqual(synced, [folder, join(folder, 'storage'), join(folder, 'storage', path.slice(0, 2))])
})
