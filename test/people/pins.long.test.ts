import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

interface Pin {
  pin: number
  pin_code: string
}

const HALF_AN_HOUR = 30 * 60

async function askForPin(lab: Lab): Promise<Pin> {
  const reply = await lab.as('').post('/pins')
  assert.equal(reply.status, 200)
  return reply.json as Pin
}

const poll = (lab: Lab, { pin, pin_code: code }: Pin) => lab.as('').get(`/pins/${pin}`, { pin_code: code })

test('a new controller shows a PIN, a user enters it, and the key comes once', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const amy = await lab.user('amy@example.com')
  const pin = await askForPin(lab)
  assert.ok(pin.pin >= 1000 && pin.pin <= 9999)
  assert.match(pin.pin_code, /^[A-Z0-9]{60}$/)
  assert.deepEqual((await poll(lab, pin)).json, { status: 'ok' })
  assert.deepEqual((await amy.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })).json, { status: 'ok' })
  const handed = await poll(lab, pin)
  const secret = fieldOf(handed, 'secret_key')
  assert.equal(handed.headers.get('cache-control'), 'no-store')
  assert.deepEqual(handed.json, { status: 'ok', controller_path: '/lab/fridge', secret_key: secret })
  const { controller } = (await lab.as(secret).get('/whoami')).json as { controller: object }
  assert.deepEqual(controller, { id: fridge.id, path: '/lab/fridge' })
  assert.deepEqual((await poll(lab, pin)).json, { status: 'ok' })
  assert.doesNotMatch(
    JSON.stringify(await lab.ctx.db.selectFrom('pins').selectAll().execute()),
    new RegExp(pin.pin_code),
    'the code itself is kept nowhere',
  )
})

test('of several who fetch the key at the same moment one gets it', async (t) => {
  const lab = await startLab(t)
  await lab.controller('fridge')
  const pin = await askForPin(lab)
  await lab.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })
  const replies = await Promise.all([1, 2, 3, 4, 5].map(() => poll(lab, pin)))
  assert.equal(replies.filter((reply) => fieldOf(reply, 'secret_key') !== '').length, 1)
  assert.ok(replies.every(({ status }) => status === 200))
})

test('only users who may write there let a controller in, and only where a controller is', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const stranger = await lab.user('stranger@example.com', { member: false })
  const pin = await askForPin(lab)
  for (const caller of [lab.as(''), fridge, stranger])
    assert.equal((await caller.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })).status, 403)
  for (const [body, message] of [
    [{}, /^controller is missing/],
    [{ controller: '/lab/nowhere' }, /^controller: there is no controller/],
    [{ controller: '/lab' }, /^controller: there is no controller/],
    [{ controller: 'lab/fridge' }, /^controller must begin with a slash/],
    [{ controller: '/lab/../lab/fridge' }, /^controller has a part/],
  ] as [Record<string, unknown>, RegExp][]) {
    const reply = await lab.put(`/pins/${pin.pin}`, body)
    assert.equal(reply.status, 400)
    assert.match(messageOf(reply), message)
  }
  assert.deepEqual((await poll(lab, pin)).json, { status: 'ok' })
})

test('a PIN that was entered can not be turned to another controller', async (t) => {
  const lab = await startLab(t)
  await lab.controller('fridge')
  await lab.controller('oven')
  const pin = await askForPin(lab)
  assert.equal((await lab.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })).status, 200)
  assert.equal((await lab.put(`/pins/${pin.pin}`, { controller: '/lab/oven' })).status, 409)
  assert.equal(fieldOf(await poll(lab, pin), 'controller_path'), '/lab/fridge')
})

test('a PIN is good for 30 minutes', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.controller('fridge')
  const [early, late] = [await askForPin(lab), await askForPin(lab)]
  clock.advance(HALF_AN_HOUR - 1)
  assert.equal((await lab.put(`/pins/${early.pin}`, { controller: '/lab/fridge' })).status, 200)
  assert.notEqual(fieldOf(await poll(lab, early), 'secret_key'), '')
  clock.advance(1)
  assert.equal((await poll(lab, late)).status, 404)
  assert.equal((await lab.put(`/pins/${late.pin}`, { controller: '/lab/fridge' })).status, 404)
  await askForPin(lab)
  assert.equal((await lab.ctx.db.selectFrom('pins').select('id').execute()).length, 1, 'what is out of date is cleared away')
})

test('no two controllers show the same PIN, and an address gets only so many', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const pins = await Promise.all(Array.from({ length: 60 }, () => askForPin(lab)))
  assert.equal(new Set(pins.map(({ pin }) => pin)).size, 60)
  assert.equal((await lab.as('').post('/pins')).status, 429)
  clock.advance(HALF_AN_HOUR)
  await askForPin(lab)
})

test('guessing PINs is stopped for the user, and guessing codes for the address', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.controller('fridge')
  const amy = await lab.user('amy@example.com')
  const pin = await askForPin(lab)
  const wrong = pin.pin === 1000 ? 1001 : 1000
  for (let guess = 0; guess < 10; guess++) assert.equal((await amy.put(`/pins/${wrong}`, { controller: '/lab/fridge' })).status, 404)
  assert.equal((await amy.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })).status, 429)
  assert.equal((await lab.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })).status, 200, 'others are free')
  const guesses = await Promise.all(Array.from({ length: 300 }, () => poll(lab, { ...pin, pin_code: 'A'.repeat(60) })))
  assert.ok(guesses.every(({ status }) => status === 404))
  assert.equal((await poll(lab, pin)).status, 429)
  clock.advance(5 * 60)
  assert.notEqual(fieldOf(await poll(lab, pin), 'secret_key'), '')
})

test('what is no PIN or code is refused', async (t) => {
  const lab = await startLab(t)
  const pin = await askForPin(lab)
  assert.match(messageOf(await lab.as('').get(`/pins/${pin.pin}`)), /^pin_code is missing/)
  for (const text of ['0', 'nonsense', '-1', '99999', '1e3', '%00']) {
    assert.equal((await lab.as('').get(`/pins/${text}`, { pin_code: pin.pin_code })).status, 404, text)
  }
})

test('who entered a PIN and was deleted since lets nobody in', async (t) => {
  const lab = await startLab(t)
  await lab.controller('fridge')
  const amy = await lab.user('amy@example.com')
  const pin = await askForPin(lab)
  await amy.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })
  await lab.delete(`/users/${amy.id}`)
  assert.equal((await poll(lab, pin)).status, 409)
})

test('guesses at PINs that are made all at once are limited too', async (t) => {
  const lab = await startLab(t)
  await lab.controller('fridge')
  const amy = await lab.user('amy@example.com')
  const replies = await Promise.all(Array.from({ length: 30 }, (_, at) => amy.put(`/pins/${1000 + at}`, { controller: '/lab/fridge' })))
  assert.equal(replies.filter(({ status }) => status === 404).length, 10)
  assert.equal(replies.filter(({ status }) => status === 429).length, 20)
})

test('who entered a PIN and may not change the controller any more lets nobody in', async (t) => {
  const lab = await startLab(t)
  await lab.controller('fridge')
  const amy = await lab.user('amy@example.com')
  const pin = await askForPin(lab)
  await amy.put(`/pins/${pin.pin}`, { controller: '/lab/fridge' })
  await lab.delete(`/organizations/${lab.organization.id}/users/${amy.id}`)
  assert.equal((await poll(lab, pin)).status, 409)
})
