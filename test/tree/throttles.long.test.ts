import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { connect } from '../support/peer.ts'

test('limits on mail and on guessing outlive a restart, and no longer than their time', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key } = await first.controller('fridge')
  const mail = { email_addresses: 'ann@example.com', subject: 'x', body: 'y' }
  const peer = await connect(t, first, key)
  for (let n = 0; n < 6; n++) await peer.tell('send_email', mail)
  const guess = { user: 'admin@example.com', password: 'my password, typed into' }
  for (let n = 0; n < 10; n++) assert.equal((await first.as('').post('/sessions', guess)).status, 401)
  await first.stop()

  clock.advance(600)
  const second = await startLab(t, { clock, folder })
  const again = await connect(t, second, key)
  for (let n = 6; n < 10; n++) await again.tell('send_email', mail)
  assert.match(
    String((await again.ask('send_email', mail)).parameters['message']),
    /^Too many e-mails from this controller\. Try again in 50 minutes/,
  )
  await again.tell('send_sms', { phone_numbers: '5551234567', message: 'of which there was none' })
  assert.equal((await second.as('').post('/sessions', guess)).status, 429)
  await second.daemon.runWorkers()
  const names = (await second.ctx.db.selectFrom('throttles').select('name').execute()).map(({ name }) => name)
  assert.ok(names.length >= 3)
  for (const name of names) assert.match(name, /^[0-9a-f]{64}$/, 'what people type into the name field is nobody’s business')
  await second.stop()

  clock.advance(3_001)
  const third = await startLab(t, { clock, folder })
  await (await connect(t, third, key)).tell('send_email', mail)
  assert.equal((await third.as('').post('/sessions', guess)).status, 401)
})

test('who signs in is forgiven, after a restart too', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const wrong = { user: 'admin@example.com', password: 'wrong-horse-9' }
  const signIn = async (times: number): Promise<void> => {
    const lab = await startLab(t, { clock, folder })
    for (let n = 0; n < times; n++) assert.equal((await lab.as('').post('/sessions', wrong)).status, 401)
    assert.equal((await lab.as('').post('/sessions', { ...wrong, password: 'correct-horse-9' })).status, 200)
    await lab.stop()
  }
  await signIn(9)
  await signIn(9)
})
