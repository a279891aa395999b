/** Messages to folders, e-mails and text messages. Source: protocol, sections 5 and 6. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab } from '../support/lab.ts'
import { connect, messageOf } from '../support/peer.ts'

test('a message goes to the subscribers of its folder, and to no connection of the controller that sent it', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const [sender, twin, other, person] = [
    await connect(t, lab, fridge.key),
    await connect(t, lab, fridge.key),
    await connect(t, lab, oven.key),
    await connect(t, lab, lab.key),
  ]
  for (const peer of [sender, twin, other, person]) await peer.subscribe('/lab', { include_children: true })
  await person.subscribe('/lab/fridge', { message_type: 'alarm' })
  await sender.tell('alarm', { level: 3, because: ['hot'] })
  const expected = { type: 'alarm', timestamp: '2026-01-31T12:00:00Z', parameters: { level: 3, because: ['hot'] } }
  assert.deepEqual(await person.hear('alarm'), expected)
  assert.deepEqual(await other.hear('alarm'), expected)
  await sender.tell('greeting', undefined, { folder: 'lab/oven' })
  assert.deepEqual((await person.hear('greeting')).parameters, {})
  for (const peer of [sender, twin, other, person]) await peer.tell('ping')
  assert.deepEqual(
    person.heard.map(({ type }) => type).filter((type) => type !== 'ack'),
    ['alarm', 'greeting'],
  )
  assert.deepEqual(
    [...sender.heard, ...twin.heard].filter(({ type }) => type !== 'ack'),
    [],
  )
})

test('folders are named by path, by a name below the controller, by "self", or by number, as they were of old', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/inner/a')
  const [peer, person] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await person.tell('subscribe', { subscriptions: [{ folderId: fridge.id, messageType: 'one', includeChildren: true }] })
  await person.subscribe('/lab/fridge/inner')
  await peer.tell('one', { n: 1 }, { folder: 'inner' })
  await peer.tell('one', { n: 2 }, { folderId: fridge.id })
  await peer.tell('one', { n: 3 }, { folder: '/lab/fridge/' })
  await peer.tell('one', { n: 4 }, { folder: 'self' })
  await person.hear(({ parameters }) => parameters?.['n'] === 4)
  assert.deepEqual(
    person.heard.filter(({ type }) => type === 'one').map(({ parameters }) => parameters['n']),
    [1, 2, 3, 4],
  )
  for (const [folder, message] of [
    ['/lab/none', /^folder: there is no folder "\/lab\/none"/],
    ['inner/a', /^folder: \/lab\/fridge\/inner\/a is not a folder/],
    [987_654, /^folder: there is no folder 987654/],
    [{}, /^folder must be the path/],
    ['/a//b', /^folder has a part that is empty/],
    ['x/'.repeat(40), /^folder has more than 32 levels/],
  ] as const)
    assert.match(messageOf(await peer.ask('one', {}, { folder })), message)
  assert.match(messageOf(await person.ask('one', {}, { folder: 'self' })), /only a controller has a folder of its own/)
  assert.match(messageOf(await person.ask('one')), /only a controller has a folder of its own/)
})

test('any type passes on, also those that the server says itself, but for its news and for values of others', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/level')
  const locked = await lab.sequence('/lab/locked')
  await lab.put('/resources/lab/locked', { permissions: [[120, lab.organization.id, 10]] })
  const [peer, person] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await person.subscribe('/lab/fridge')
  const said: [string, unknown][] = [
    ['x'.repeat(41), { a: 1 }],
    ['ack', { of: 'pump' }],
    ['error', { message: 'dry' }],
    ['sequence_update', { value: '1' }],
    ['sequence_update', { name: '/lab/fridge/level', value: '2' }],
  ]
  for (const [type, parameters] of said) await peer.tell(type, parameters)
  for (const claim of [{ name: '/lab/locked' }, { id: locked.id }, { name: '/lab/none' }, { id: 987_654 }, { name: '/lab/fridge' }])
    assert.match(messageOf(await peer.ask('sequence_update', claim)), /must be those of a sequence that you may change/)
  for (const type of ['values_removed', 'resource_moved']) assert.match(messageOf(await peer.ask(type)), /is for the server's own messages/)
  assert.match(messageOf(await peer.ask('x'.repeat(2_001))), /^type is longer than 2000 characters/)
  await peer.tell('last')
  await person.hear('last')
  assert.deepEqual(
    person.heard.filter(({ id, type }) => id === undefined && type !== 'last').map(({ type, parameters }) => [type, parameters]),
    said,
  )
  await peer.tell('toString')
  await peer.tell('__proto__')
})

test('without write permission nothing is sent, without read permission nothing is subscribed to', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const stranger = await lab.user('stranger@example.com', { member: false })
  const [peer, person] = [await connect(t, lab, stranger.key), await connect(t, lab, lab.key)]
  await person.subscribe('/lab', { include_children: true })
  assert.match(messageOf(await peer.ask('alarm', {}, { folder: '/lab/fridge' })), /You may not read or change \/lab\/fridge/)
  assert.match(
    messageOf(await peer.ask('subscribe', { subscriptions: [{ folder: '/lab/fridge' }] })),
    /You may not read or change \/lab\/fridge/,
  )
  // A stranger does not learn what is there.
  assert.match(
    messageOf(await peer.ask('subscribe', { subscriptions: [{ folder: '/lab/none' }] })),
    /You may not read or change \/lab\/none/,
  )
  const admin = await connect(t, lab, lab.key)
  assert.match(messageOf(await admin.ask('subscribe', { subscriptions: [{ folder: '/lab/none' }] })), /there is no folder/)
  assert.match(messageOf(await peer.ask('subscribe', {})), /^subscriptions must be a list/)
  assert.match(messageOf(await peer.ask('subscribe', { subscriptions: [{}] })), /^subscriptions\[0\].folder is missing/)
  assert.match(
    messageOf(await peer.ask('subscribe', { subscriptions: [{ folder: '/lab', message_type: 7 }] })),
    /^subscriptions\[0\].message_type must be text/,
  )
  // Hidden is answered as what is not there, which is a 404 as with rhizo-server.
  for (const path of ['/lab/fridge', '/lab/none', '/none/at/all'])
    assert.equal((await stranger.post('/messages', { folder_path: path, type: 'alarm', parameters: {} })).status, 404)
  assert.equal((await stranger.post('/messages', { folder_path: '/system', type: 'alarm', parameters: {} })).status, 403)
  await person.tell('ping')
  assert.deepEqual(
    person.heard.filter(({ type }) => type !== 'ack'),
    [],
  )
  assert.equal(fridge.path, '/lab/fridge')
})

test('POST /messages sends one too: it needs a key, a folder, a type, and JSON', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const [own, person] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await own.subscribe('self')
  await person.subscribe('/lab/fridge')
  const reply = await lab.post('/messages', { folder_path: '/lab/fridge', type: 'open_valve', parameters: { valve: 3 } })
  assert.deepEqual([reply.status, reply.json], [200, { status: 'ok' }])
  assert.deepEqual((await own.hear('open_valve')).parameters, { valve: 3 })
  assert.equal((await fridge.post('/messages', { folderPath: '/lab/fridge', type: 'opened' })).status, 200)
  await person.hear('opened')
  await own.tell('ping')
  assert.equal(
    own.heard.some(({ type }) => type === 'opened'),
    false,
    'a controller does not hear itself',
  )
  const cases: [parameters: Record<string, unknown>, status: number][] = [
    [{ type: 'x', parameters: {} }, 400],
    [{ folder_path: '', type: 'x' }, 400],
    [{ folder_path: '/lab/../x', type: 'x' }, 400],
    [{ folder_path: '/lab/fridge' }, 400],
    [{ folder_path: '/lab/fridge', type: '' }, 400],
    [{ folder_path: '/lab/fridge', type: 'x'.repeat(2_001) }, 400],
    [{ folder_path: '/lab/fridge', type: 'error' }, 200],
    [{ folder_path: '/lab/fridge', type: 'x', parameters: '{' }, 400],
    [{ folder_path: '/lab/fridge', type: 'x', parameters: '[1]' }, 200],
    [{ folder_path: '/lab/none', type: 'x' }, 404],
  ]
  for (const [parameters, status] of cases)
    assert.equal((await lab.post('/messages', parameters)).status, status, JSON.stringify(parameters))
  assert.equal((await lab.as('').post('/messages', { folder_path: '/lab/fridge', type: 'x' })).status, 403)
})

test('a watchdog message is noted, with or without parameters', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key)
  assert.equal(lab.ctx.liveness.get(fridge.id)?.lastWatchdog, undefined)
  peer.send('{"type":"watchdog"}')
  await peer.tell('watchdog', {})
  assert.equal(lab.ctx.liveness.get(fridge.id)?.lastWatchdog, clock.now())
  assert.match(messageOf(await (await connect(t, lab, lab.key)).ask('watchdog')), /Only controllers/)
})

test('controllers send e-mails and text messages, ten an hour of each, which are held until sending is set up', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('send_email', { email_addresses: ['a@example.com', 'b@example.com'], subject: 'Warm', body: 'It is 9 degrees.' })
  await peer.tell('sendEmail', { emailAddresses: 'a@example.com, b@example.com', subject: 'Warm', body: 'Still.' })
  await peer.tell('send_text_message', { phone_numbers: '+1 555 1234567', message: 'Warm' })
  await peer.tell('sendTextMessage', { phoneNumbers: ['5551234567'], message: 'Warm' })
  await peer.tell('send_sms', { phone_numbers: ['5551234567'], message: 'Warm' })
  const held = await lab.ctx.db.selectFrom('outgoing_messages').selectAll().orderBy('id').execute()
  assert.deepEqual(
    held.map(({ controller_id, kind, recipients, subject, body, state }) => [controller_id, kind, recipients, subject, body, state]),
    [
      [fridge.id, 'email', '["a@example.com","b@example.com"]', 'Warm', 'It is 9 degrees.', 'held'],
      [fridge.id, 'email', '["a@example.com","b@example.com"]', 'Warm', 'Still.', 'held'],
      [fridge.id, 'text', '["+1 555 1234567"]', '', 'Warm', 'held'],
      [fridge.id, 'text', '["5551234567"]', '', 'Warm', 'held'],
      [fridge.id, 'text', '["5551234567"]', '', 'Warm', 'held'],
    ],
  )
  const email = { email_addresses: 'a@example.com', subject: 'x', body: 'y' }
  const cases: [type: string, parameters: unknown, message: RegExp][] = [
    ['send_email', { ...email, email_addresses: [] }, /^email_addresses is missing or empty/],
    [
      'send_email',
      { ...email, email_addresses: Array.from({ length: 6 }, (_, n) => `a${n}@example.com`) },
      /^email_addresses has 6 recipients; at most 5/,
    ],
    ['send_email', { ...email, email_addresses: ['a@example.com\nBcc: all@example.com'] }, /^email_addresses: .* is not an e-mail address/],
    ['send_email', { ...email, email_addresses: [7] }, /^email_addresses must be a list of texts/],
    ['send_email', { ...email, subject: 'x\r\nBcc: all@example.com' }, /^subject must be one line/],
    ['send_email', { ...email, body: undefined }, /^body is missing/],
    ['send_sms', { phone_numbers: ['call me'], message: 'x' }, /^phone_numbers: "call me" is not a phone number/],
    ['send_sms', { phone_numbers: ['5551234567'], message: '' }, /^message is empty/],
  ]
  for (const [type, parameters, message] of cases) assert.match(messageOf(await peer.ask(type, parameters)), message)
  for (let n = 2; n < 10; n++) await peer.tell('send_email', email)
  const refusal = await peer.ask('send_email', email)
  assert.match(messageOf(refusal), /Too many e-mails from this controller. Try again in 60 minutes/)
  assert.equal(refusal.parameters['code'], 'throttled')
  await peer.tell('send_sms', { phone_numbers: ['5551234567'], message: 'the other kind has its own limit' })
  clock.advance(3_601)
  await peer.tell('send_email', email)
  assert.match(messageOf(await (await connect(t, lab, lab.key)).ask('send_email', email)), /Only controllers/)
})
