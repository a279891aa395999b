/** Keys for devices, by the command line: one that is mounted, and an address for webhooks. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startCommandLineLab } from '../support/command-line.ts'

test('a mounted key and an address for webhooks are made, listed and revoked', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('controller', 'create', '/test-org/house', '--create-sequences')
  const key = (await lab.run('key', 'create', '--controller', '/test-org/house', '--mount')).trim()
  assert.match(key, /^[A-Z0-9]{50,}$/)
  assert.match(await lab.run('key', 'ls', '--controller', '/test-org/house'), /mounted/)
  const address = (await lab.run('key', 'create', '--ingest', '/test-org/house')).trim()
  const send = async (): Promise<number> => (await fetch(address, { method: 'POST', body: '{"level": 3}' })).status
  assert.equal(await send(), 200)
  assert.equal((await lab.run('seq', 'get', '/test-org/house/level')).trim().split(/\s+/).at(-1), '3')
  const [secret] = (await lab.json('key', 'ls', '--ingest', '/test-org/house')) as { id: number; ingest_folder: string }[]
  assert.equal(secret?.ingest_folder, '/test-org/house')
  await lab.run('key', 'revoke', String(secret.id))
  assert.equal(await send(), 401)
  const { code, stderr } = await lab.rhizo('key', 'create', '--mount')
  assert.equal(code, 2, stderr)
  assert.match(stderr, /--mount goes with --controller/)
})
