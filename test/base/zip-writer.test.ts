/** A zip that is made while it is sent: whoever reads it may end at any time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZipWriter } from '../../src/base/zip-writer.ts'

test('a zip that nobody has begun to read fails without harm to anything else', async () => {
  const zip = await ZipWriter.create()
  const closed = new Promise((resolve) => zip.output.once('close', resolve))
  zip.fail(new Error('the disk is gone'))
  await closed
  assert.equal(await zip.add('a', [Buffer.from('a')], {}), false)
})

test('an entry that fails ends the zip for its reader, also before its turn', async () => {
  for (const path of ['first', 'second']) {
    const zip = await ZipWriter.create()
    if (path === 'second') zip.addFolder('folder', {})
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('some')
      throw new Error('the database is closed')
    }
    const added = zip.add(path, broken(), {})
    await assert.rejects(async () => {
      for await (const chunk of zip.output) assert.ok(chunk)
    }, /the database is closed/)
    assert.equal(await added, false)
  }
})
