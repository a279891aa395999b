/** A standby shows what its lab has, within seconds, and goes on wherever it or its lab was interrupted. */
import assert from 'node:assert/strict'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import type { CommandLineLab } from '../support/command-line.ts'
import { append, call, healthOf, keyOfController, put, startLeader, startPair, urlOf, waitUntilFollowed } from '../support/standby.ts'
import { emptyLab } from '../support/command-line.ts'
import { waitFor } from '../support/waiting.ts'

const newest = async (lab: CommandLineLab, key: string, path: string): Promise<string> =>
  (await call(lab, key, 'GET', `/resources${path}`)).text()

test('values, files, users, keys and permissions follow within five seconds, and the standby changes nothing', async (t) => {
  const { leader, standby, key } = await startPair(t)
  await leader.run('seq', 'create', '/test-org/temperature')
  await leader.run('seq', 'update', '/test-org/temperature', '20.5')
  await leader.rhizoWithInput('words', 'put', '-', '/test-org/small.txt')
  await leader.rhizoWithInput('w'.repeat(100_000), 'put', '-', '/test-org/large.txt')
  const { id } = (await leader.json('controller', 'create', '/test-org/fridge')) as { id: number }
  const fridgeKey = await keyOfController(leader, key, id)
  const acknowledged = performance.now()
  await waitUntilFollowed(standby)
  assert.ok(performance.now() - acknowledged < 5_000, 'it follows within five seconds')
  assert.match(await newest(standby, key, '/test-org/temperature'), /20\.5/)
  assert.equal(await newest(standby, key, '/test-org/small.txt'), 'words')
  assert.equal((await newest(standby, key, '/test-org/large.txt')).length, 100_000)
  assert.equal((await call(standby, fridgeKey, 'GET', '/resources/test-org/fridge?meta=1')).status, 200)

  const refused = await put(standby, key, '/test-org/temperature', 1)
  assert.equal(refused.status, 503)
  assert.match(await refused.text(), new RegExp(`standby of ${urlOf(leader)}`))
  assert.equal((await call(standby, key, 'DELETE', '/resources/test-org/temperature')).status, 503)
  const health = await healthOf(standby)
  assert.deepEqual([health?.status, health?.role, health?.epoch, health?.lab], ['ok', 'standby', 0, (await healthOf(leader))?.lab])
  assert.ok((health?.behind_s ?? 99) < 5)
  const status = (await standby.json('standby', 'status')) as Record<string, unknown>
  assert.deepEqual([status['role'], status['is_running'], status['other_answers'], status['other']], ['standby', true, true, urlOf(leader)])

  // People sign in there too, until the standby ends.
  const signedIn = await fetch(`${urlOf(standby)}/api/v1/sessions`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'admin@example.com', password: 'correct-horse-9' }),
  })
  assert.equal(signedIn.status, 200)
  const cookie = signedIn.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  const page = await (await fetch(`${urlOf(standby)}/test-org/temperature`, { headers: { cookie } })).text()
  assert.match(page, /This is the standby of http/)
  assert.match(page, /20\.5/)
  const { csrf_token: csrfToken } = (await signedIn.json()) as { csrf_token: string }
  const signOut = { method: 'DELETE', headers: { cookie, 'x-csrf-token': csrfToken } }
  assert.equal((await fetch(`${urlOf(standby)}/api/v1/sessions`, signOut)).status, 200)
  assert.equal((await fetch(`${urlOf(standby)}/api/v1/resources/test-org/small.txt`, { headers: { cookie } })).status, 403)

  // What is taken away follows too, and what is kept in memory of it.
  await leader.run('permit', '/test-org/small.txt', '--public', 'read')
  await waitUntilFollowed(standby)
  assert.equal((await fetch(`${urlOf(standby)}/api/v1/resources/test-org/small.txt`)).status, 200)
  await leader.run('permit', '/test-org/small.txt', '--public', 'none')
  await leader.run('rm', '/test-org/large.txt')
  await leader.run('rm', '-r', '/test-org/fridge')
  await waitUntilFollowed(standby)
  assert.notEqual((await fetch(`${urlOf(standby)}/api/v1/resources/test-org/small.txt`)).status, 200)
  assert.equal((await call(standby, key, 'GET', '/resources/test-org/large.txt')).status, 404)
  assert.equal((await call(standby, fridgeKey, 'GET', '/resources/test-org')).status, 401)
  await leader.run('seq', 'update', '/test-org/temperature', '21.5')
  await waitUntilFollowed(standby)
  assert.match(await newest(standby, key, '/test-org/temperature'), /21\.5/)
})

test('a standby that is killed, and a lab that is killed, go on from where they are', async (t) => {
  const { leader, standby, key } = await startPair(t)
  await leader.run('seq', 'create', '/test-org/temperature')
  for (let round = 0; round < 2; round++) {
    for (let at = 0; at < 20; at++) await append(leader, key, '/test-org/temperature', round * 100 + at)
    const killed = round % 2 === 0 ? standby : leader
    await killed.stopServer('SIGKILL')
    if (killed === standby) await leader.rhizoWithInput(`${round}`.repeat(90_000), 'put', '-', `/test-org/file-${round}`)
    else {
      assert.match(await newest(standby, key, '/test-org/temperature'), /\d/, 'it shows what it has')
      await waitFor('the standby says that the lab is away', async () => (await healthOf(standby))?.behind_s !== undefined)
    }
    await killed.startServer()
    await waitUntilFollowed(standby)
    assert.match(await newest(standby, key, '/test-org/temperature'), new RegExp(`${round * 100 + 19}`))
  }
  assert.equal(await newest(standby, key, '/test-org/file-0'), '0'.repeat(90_000))
  assert.match((await standby.rhizo('create-admin', 'eve@example.com:correct-horse-9')).stderr, /is a standby: its database is a copy/)
  await standby.stopServer()
  await standby.run('doctor')
  // What became of its database while it did not follow does not matter.
  await rm(join(standby.folder, 'rhizo.db'))
  await standby.startServer()
  await waitUntilFollowed(standby)
  assert.match(await newest(standby, key, '/test-org/temperature'), /119/)
})

test('a lab that does not allow it, a key of nobody, and a place with another lab are refused with words', async (t) => {
  const { leader, key } = await startLeader(t)
  const standby = await emptyLab(t)
  const wrong = await standby.rhizo('standby', 'follow', urlOf(leader), '--key', 'wrong-key-of-nobody')
  assert.notEqual(wrong.code, 0)
  await leader.stopServer()
  Object.assign(leader.env, { RHIZO_SERVER_STANDBY_ALLOWED: 'false' })
  await leader.startServer()
  const disallowed = await standby.rhizo('standby', 'follow', urlOf(leader), '--key', key)
  assert.match(disallowed.stderr, /set STANDBY_ALLOWED: true/)
  const { id } = (await leader.json('controller', 'create', '/test-org/fridge')) as { id: number }
  const fridgeKey = await keyOfController(leader, key, id)
  await leader.stopServer()
  Object.assign(leader.env, { RHIZO_SERVER_STANDBY_ALLOWED: 'true' })
  await leader.startServer()
  assert.match((await standby.rhizo('standby', 'follow', urlOf(leader), '--key', fridgeKey)).stderr, /Only system admins/)
  for (const path of ['changes', 'hashes?from=0', 'pages?groups=0', 'contents?after=0', 'contents/ab/cd', 'settings'])
    assert.equal((await call(leader, fridgeKey, 'GET', `/standby/${path}`)).status, 403, path)
  await standby.run('init-db')
  const other = await standby.rhizo('standby', 'follow', urlOf(leader), '--key', key)
  assert.match(other.stderr, /A lab is there already .* say --over/)
  const { stderr } = await standby.rhizo('standby', 'follow', urlOf(leader), '--key', key, '--setup', '--over')
  assert.match(stderr, /Put aside: .*config\.yaml\.before-standby-/)
  await standby.startServer()
  assert.match(await readFile(join(standby.folder, 'config.yaml.standby'), 'utf8'), /"role":"standby"/)
  assert.equal((await stat(join(standby.folder, 'config.yaml.standby'))).mode & 0o777, 0o600)
  assert.equal((await healthOf(standby))?.role, 'standby')
})
