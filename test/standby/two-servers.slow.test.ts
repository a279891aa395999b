/** Two servers with one lab: a lab that only stalled, one that yields, and messages that are not to be believed. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { append, call, healthOf, put, startLeader, startPair, urlOf, waitUntilFollowed } from '../support/standby.ts'
import { waitFor } from '../support/waiting.ts'

const PATH = '/test-org/temperature'

test('a lab that stalled while it was taken over changes nothing as soon as it runs again, and both say who is the lab', async (t) => {
  const { leader, standby, key } = await startPair(t)
  await leader.run('seq', 'create', PATH)
  await append(leader, key, PATH, 1)
  await waitUntilFollowed(standby)
  const pid = Number(readFileSync(join(leader.folder, 'rhizo.db.pid'), 'utf8'))
  process.kill(pid, 'SIGSTOP')
  t.after(() => {
    try {
      process.kill(pid, 'SIGCONT')
    } catch {
      // It has ended.
    }
  })
  await standby.run('standby', 'take-over')
  await waitFor('the standby serves as the lab', async () => (await healthOf(standby))?.role === 'lab')
  await append(standby, key, PATH, 2)
  process.kill(pid, 'SIGCONT')
  await waitFor('the old lab has heard of it', async () => (await healthOf(leader))?.role === 'retired')
  const refused = await put(leader, key, PATH, 3)
  assert.equal(refused.status, 503)
  assert.match(await refused.text(), new RegExp(`taken this lab over \\(take-over 1, ${urlOf(standby)}\\)`))
  assert.equal(await (await call(leader, key, 'GET', `/resources${PATH}`)).text(), '1', 'it shows what it has')
  await append(standby, key, PATH, 4)
})

test('a lab that is told to yield gives its last values, and nothing is missing', async (t) => {
  const { leader, standby, key } = await startPair(t)
  await leader.run('seq', 'create', PATH)
  let isOver = false
  const stored: number[] = []
  const sending = (async () => {
    for (let value = 0; !isOver; value++) {
      if ((await put(leader, key, PATH, value)).status !== 200) return
      stored.push(value)
    }
  })()
  t.after(() => (isOver = true))
  await waitFor('there are values', () => stored.length > 50)
  const taken = (await standby.json('standby', 'take-over', '--force')) as { epoch: number }
  await sending
  assert.equal(taken.epoch, 1)
  await waitFor('the standby serves as the lab', async () => (await healthOf(standby))?.role === 'lab')
  const { values } = (await (await call(standby, key, 'GET', `/resources${PATH}?count=100000`)).json()) as { values: string[] }
  assert.deepEqual(values.map(Number), stored)
  assert.equal((await healthOf(leader))?.role, 'retired')
})

test('nobody but who knows the lab makes it yield', async (t) => {
  const { leader, key } = await startLeader(t)
  const { lab } = (await healthOf(leader)) ?? {}
  const fake = createServer((_request, response) => {
    response.end(JSON.stringify({ status: 'ok', role: 'lab', lab, epoch: 9, proof: 'forged' }))
  }).listen(0, '127.0.0.1')
  await once(fake, 'listening')
  t.after(() => fake.close())
  const url = `http://127.0.0.1:${(fake.address() as AddressInfo).port}`
  // It follows as a standby does, so that the lab asks it after its next start.
  assert.equal((await call(leader, key, 'GET', `/standby/changes?epoch=0&url=${encodeURIComponent(url)}`)).status, 200)
  await leader.stopServer()
  await leader.startServer()
  assert.equal((await healthOf(leader))?.role, 'lab')
  const successor = { lab: lab ?? '', epoch: 5 }
  assert.equal((await call(leader, '', 'PUT', '/standby/successor', successor)).status, 401)
  assert.equal((await call(leader, key, 'PUT', '/standby/successor', { ...successor, lab: 'another' })).status, 400)
  await leader.run('seq', 'create', PATH)
  await append(leader, key, PATH, 1)
})
