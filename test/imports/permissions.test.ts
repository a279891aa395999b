/** Who may bring a file in, see what an import brought, and undo it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { importFile, sendFile, valuesOf } from '../support/imports.ts'
import { startLab, type Caller } from '../support/lab.ts'
import { ONE_USER, READ } from '../../src/wire/permissions.ts'

const FILE = 'timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n'

test('who may write brings a file in and undoes it; who may read sees what it brought; nobody else learns of it', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/shared/t')
  const reader = await lab.user('reader@example.com', { member: false })
  const callers: Record<string, Caller> = {
    nobody: lab.as(''),
    stranger: await lab.user('stranger@example.com', { member: false }),
    reader,
  }
  assert.equal((await lab.put('/resources/lab/shared', { permissions: [[ONE_USER, reader.id, READ]] })).status, 200)

  const refusals = { nobody: 403, stranger: 403, reader: 403 }
  for (const [name, status] of Object.entries(refusals)) {
    const key = callers[name]?.key
    const options = { path: '/lab/shared/t' }
    assert.equal((await sendFile(lab, FILE, options, key)).status, status, name)
    assert.equal((await sendFile(lab, FILE, { ...options, dry_run: '1' }, key)).status, status, `${name}, a trial`)
    assert.equal((await sendFile(lab, FILE, { into: '/lab/shared', create: '1' }, key)).status, status, `${name}, new sequences`)
  }
  assert.deepEqual(await valuesOf(lab, '/lab/shared/t'), [])

  const { import_id: id } = await importFile(lab, FILE, { path: '/lab/shared/t' })
  const readers = { nobody: 403, stranger: 404, reader: 200 }
  for (const [name, status] of Object.entries(readers)) assert.equal((await callers[name]?.get(`/imports/${id}`))?.status, status, name)
  const lists = { nobody: 403, stranger: 403, reader: 200 }
  for (const [name, status] of Object.entries(lists))
    assert.equal((await callers[name]?.get('/imports', { path: '/lab/shared' }))?.status, status, name)
  const undoing = { nobody: 403, stranger: 404, reader: 403 }
  for (const [name, status] of Object.entries(undoing)) assert.equal((await callers[name]?.delete(`/imports/${id}`))?.status, status, name)
  assert.equal((await valuesOf(lab, '/lab/shared/t')).length, 2)
  assert.equal((await lab.delete(`/imports/${id}`)).status, 200)
  assert.deepEqual(await valuesOf(lab, '/lab/shared/t'), [])
})
