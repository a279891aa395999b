/** Values by WebSocket. Source: protocol, section 6. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { PUBLIC } from '../../src/wire/permissions.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connect, messageOf } from '../support/peer.ts'

const newest = (lab: Lab, path: string): ReturnType<Lab['ctx']['sequences']['newest']> => {
  const sequence = lab.ctx.tree.find(path)
  assert.ok(sequence?.sequence)
  return lab.ctx.sequences.newest({ id: sequence.id, isText: sequence.sequence.dataType === 2 })
}

const newestOf = async (lab: Lab, path: string): Promise<string> => String((await newest(lab, path))?.value)

test(
  'a controller sets a sequence by its relative name and by its path, with a time of its own, and is ' + 'told when it is durable',
  async (t) => {
    const clock = new FakeClock()
    const lab = await startLab(t, { clock })
    const fridge = await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature')
    await lab.sequence('/lab/fridge/status/door', 2)
    const peer = await connect(t, lab, fridge.key)
    await peer.tell('update_sequence', { sequence: 'temperature', value: 4.5 })
    assert.deepEqual(await newest(lab, '/lab/fridge/temperature'), { time: clock.now(), value: 4.5 })
    await peer.tell('update_sequence', { sequence: '/lab/fridge/temperature', value: '4.75', timestamp: '2026-01-31T12:00:01.000002Z' })
    assert.deepEqual(await newest(lab, '/lab/fridge/temperature'), { time: clock.now() + 1_000_002, value: 4.75 })
    await peer.tell('update_sequence', { sequence: 'status/door', value: 'open' })
    assert.equal(await newestOf(lab, '/lab/fridge/status/door'), 'open')
    await peer.tell('update_sequence', {
      sequence: 'status/door',
      value: Buffer.from('zu – geschlossen').toString('base64'),
      encoded: true,
      timestamp: clock.now() / 1e6 + 5,
    })
    assert.equal(await newestOf(lab, '/lab/fridge/status/door'), 'zu – geschlossen')
  },
)

test('what old controllers send still works: updateSequence, setNode, names without a slash, a newline at the end', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/other')
  const peer = await connect(t, lab, fridge.key, { path: '/api/v1/connectWebSocket', protocol: 'http-only', version: '0.0.5' })
  assert.equal(peer.socket.protocol, 'http-only')
  assert.equal(lab.ctx.liveness.get(fridge.id)?.clientVersion, '0.0.5')
  peer.send({ type: 'connect', parameters: { version: '0.0.5' } })
  peer.send('{"type": "updateSequence", "parameters": {"sequence": "temperature", "value": "1.5"}, "id": 1}\n')
  await peer.hear(({ type, id }) => type === 'ack' && id === 1)
  assert.equal(await newestOf(lab, '/lab/fridge/temperature'), '1.5')
  await peer.tell('setNode', { node: '/lab/fridge/temperature', value: 2.5 })
  assert.equal(await newestOf(lab, '/lab/fridge/temperature'), '2.5')
  await peer.tell('update_sequence', { sequence: 'lab/other', value: 3.5 })
  assert.equal(await newestOf(lab, '/lab/other'), '3.5')
  await peer.tell('write_resource', { path: '/lab/other', data: '4.5' })
  assert.equal(await newestOf(lab, '/lab/other'), '4.5')
  await peer.tell('ping')
  assert.deepEqual(
    peer.heard.filter(({ type }) => type !== 'ack'),
    [],
  )
})

test('subscribers hear of each value, the sender does not, but the other connections of its controller do', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  const [sender, twin, person, outsider] = [
    await connect(t, lab, fridge.key),
    await connect(t, lab, fridge.key),
    await connect(t, lab, lab.key),
    await connect(t, lab, lab.key),
  ]
  await sender.subscribe('self')
  await twin.subscribe('[self]')
  await person.subscribe('/lab', { include_children: true })
  await person.subscribe('/lab/fridge', { message_type: 'sequence_update' })
  await outsider.subscribe('/lab')
  await outsider.subscribe('/lab/fridge', { message_type: 'something_else' })
  await sender.tell('update_sequence', { sequence: 'temperature', value: '4.50' })
  const expected = {
    type: 'sequence_update',
    timestamp: '2026-01-31T12:00:00Z',
    parameters: { id: temperature.id, name: '/lab/fridge/temperature', timestamp: '2026-01-31T12:00:00Z', value: '4.50' },
  }
  assert.deepEqual(await person.hear('sequence_update'), expected)
  assert.deepEqual(await twin.hear('sequence_update'), expected)
  for (const peer of [sender, person, outsider]) await peer.tell('ping')
  assert.equal(person.heard.filter(({ type }) => type === 'sequence_update').length, 1, 'once, though two subscriptions fit')
  assert.equal(
    sender.heard.some(({ type }) => type === 'sequence_update'),
    false,
  )
  assert.equal(
    outsider.heard.some(({ type }) => type === 'sequence_update'),
    false,
  )
})

test(
  'a thousand values sent in one go arrive in order, in the store and at a subscriber, and an ack ' + 'means that they can be read',
  async (t) => {
    const lab = await startLab(t)
    const fridge = await lab.controller('fridge')
    const sequences = await Promise.all(['a', 'b', 'c'].map((name) => lab.sequence(`/lab/fridge/${name}`)))
    const [sender, listener] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
    await listener.subscribe('/lab/fridge')
    for (let n = 0; n < 1_000; n++)
      sender.send({ type: 'update_sequence', parameters: { sequence: 'abc'[n % 3], value: n }, ...(n % 10 === 9 ? { id: n } : {}) })
    sender.send({ type: 'end_of_row', parameters: { n: 1_000 } })
    await sender.hear(({ id }) => id === 999)
    const stored = await lab.ctx.sequences.read({ id: sequences[0]?.id ?? 0, isText: false }, { order: 'ascending', limit: 1_000 })
    assert.deepEqual(
      stored.values,
      Array.from({ length: 334 }, (_, n) => n * 3),
    )
    assert.deepEqual(
      sender.heard.map(({ id }) => id),
      Array.from({ length: 100 }, (_, n) => n * 10 + 9),
    )
    await listener.hear('end_of_row')
    const heard = listener.heard.filter(({ type }) => type !== 'ack')
    assert.deepEqual(
      heard.map(({ parameters }) => Number(parameters['value'] ?? parameters['n'])),
      Array.from({ length: 1_001 }, (_, n) => n),
    )
  },
)

test('other messages keep their place between values', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/a')
  await lab.sequence('/lab/fridge/rare', 1, { min_storage_interval: 1_000 })
  const [sender, listener] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await listener.subscribe('/lab/fridge')
  for (let n = 0; n < 100; n++) {
    if (n % 4 === 0) sender.send({ type: 'update_sequence', parameters: { sequence: 'a', value: n } })
    else if (n % 4 === 1) sender.send({ type: 'note', parameters: { value: n } })
    else if (n % 4 === 2) sender.send({ type: 'update_sequence', parameters: { sequence: 'rare', value: n } })
    else sender.send({ type: 'note', parameters: { value: n } })
  }
  await listener.hear(({ parameters }) => Number(parameters?.['value']) === 99)
  assert.deepEqual(
    listener.heard.filter(({ type }) => type !== 'ack').map(({ parameters }) => Number(parameters['value'])),
    Array.from({ length: 100 }, (_, n) => n),
  )
  assert.equal(
    (
      await lab.ctx.sequences.read(
        { id: lab.ctx.tree.find('/lab/fridge/rare')?.id ?? 0, isText: false },
        { order: 'ascending', limit: 100 },
      )
    ).times.length,
    1,
  )
})

test('"update" sets sequences of a folder at one time and is passed on; names that are no sequences are only passed on', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/a')
  await lab.sequence('/lab/fridge/inner/b', 2)
  const [sender, listener, eager] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key), await connect(t, lab, lab.key)]
  await listener.subscribe('/lab/fridge', { include_children: true })
  await eager.subscribe('/lab/fridge', { include_children: true, message_type: 'sequence_update' })
  const parameters = { $t: '2026-01-31T12:00:00.5Z', a: 1.5, 'inner/b': 'on', mood: { deep: [1] } }
  await sender.tell('update', parameters)
  assert.equal((await newest(lab, '/lab/fridge/a'))?.value, 1.5)
  assert.deepEqual(await newest(lab, '/lab/fridge/inner/b'), { time: Date.UTC(2026, 0, 31, 12) * 1000 + 500_000, value: 'on' })
  assert.deepEqual((await listener.hear('update')).parameters, parameters)
  assert.deepEqual(
    listener.heard.map(({ type }) => type),
    ['ack', 'update'],
  )
  await eager.hear(({ parameters }) => parameters?.['name'] === '/lab/fridge/inner/b')
  assert.deepEqual(
    eager.heard.map(({ type }) => type),
    ['ack', 'sequence_update', 'sequence_update'],
  )
  assert.match(messageOf(await sender.ask('update', { a: 'NaN' }, { folder: '/lab/fridge' })), /\/lab\/fridge\/a must be a finite number/)
  assert.match(messageOf(await sender.ask('update', { $t: 'yesterday', a: 1 })), /\$t is not a timestamp/)
})

test('what is wrong with a value is said with its id, names the field, and changes nothing', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const stranger = await lab.user('stranger@example.com', { member: false })
  await lab.sequence('/lab/fridge/a')
  await lab.sequence('/lab/fridge/picture', 3)
  const peer = await connect(t, lab, fridge.key)
  const cases: [parameters: unknown, message: RegExp][] = [
    [{ sequence: 'a', value: 'warm' }, /\/lab\/fridge\/a must be a finite number, found "warm"/],
    [{ sequence: 'a', value: [1] }, /^value must be a number or text/],
    [{ sequence: 'a' }, /^value is missing/],
    [{ value: 1 }, /^sequence is missing/],
    [{ sequence: 'b', value: 1 }, /^sequence: there is no resource "b"/],
    [{ sequence: '/lab/../a', value: 1 }, /^sequence has a part that may not be/],
    [{ sequence: '/lab/fridge', value: 1 }, /\/lab\/fridge is not a sequence/],
    [{ sequence: 'a', value: 1, timestamp: '2026-02-31T00:00:00Z' }, /^timestamp is not a timestamp/],
    [{ sequence: 'a', value: '!!', encoded: true }, /^value is not base64/],
    [{ sequence: 'a', value: '/w==', encoded: 1 }, /^value is not UTF-8/],
    [['a', 1], /^parameters must be a JSON object/],
  ]
  for (const [parameters, message] of cases) assert.match(messageOf(await peer.ask('update_sequence', parameters)), message)
  const other = await connect(t, lab, stranger.key)
  const refusal = await other.ask('update_sequence', { sequence: '/lab/fridge/a', value: 1 })
  assert.match(messageOf(refusal), /You may not read or change \/lab\/fridge\/a/)
  assert.equal(refusal.parameters['code'], 'forbidden')
  assert.match(messageOf(await other.ask('update_sequence', { sequence: 'a', value: 1 })), /there is no resource "a"/)
  assert.equal(await newest(lab, '/lab/fridge/a'), undefined)
  peer.send({ type: 'update_sequence', parameters: { sequence: 'a', value: 'warm' } })
  assert.equal(
    (await peer.hear(({ type, id }) => type === 'error' && id === undefined)).parameters['code'],
    'invalid',
    'also told without an id',
  )
})

test('an anonymous connection reads and writes public folders, and no others', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/open/a')
  await lab.sequence('/lab/closed/a')
  const open = lab.ctx.tree.find('/lab/open')
  assert.ok(open)
  lab.ctx.tree.setPermissions(open, [[PUBLIC, 0, 20]])
  const peer = await connect(t, lab, '')
  await peer.subscribe('/lab/open')
  await peer.tell('update_sequence', { sequence: '/lab/open/a', value: 1 })
  assert.match(messageOf(await peer.ask('update_sequence', { sequence: '/lab/closed/a', value: 1 })), /Send a key/)
  assert.match(messageOf(await peer.ask('subscribe', { subscriptions: [{ folder: '/lab/closed' }] })), /Send a key/)
  assert.match(messageOf(await peer.ask('hello', {})), /folder: only a controller has a folder of its own/)
})

test('images keep their order too, and subscribers hear of their revisions', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const camera = await lab.sequence('/lab/fridge/camera', 3)
  await lab.sequence('/lab/fridge/a')
  const photos = await Promise.all(
    [640, 320, 160].map((width) =>
      sharp({ create: { width, height: 100, channels: 3, background: '#884422' } })
        .jpeg()
        .toBuffer(),
    ),
  )
  const [sender, listener] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await listener.subscribe('/lab/fridge')
  for (const photo of photos)
    sender.send({ type: 'update_sequence', parameters: { sequence: 'camera', value: photo.toString('base64'), encoded: true } })
  sender.send({ type: 'update_sequence', parameters: { sequence: 'a', value: 1 } })
  await sender.tell('note')
  await listener.hear('note')
  const heard = listener.heard.filter(({ type }) => type !== 'ack')
  assert.deepEqual(
    heard.map(({ type, parameters }) => parameters['name'] ?? type),
    [...photos.map(() => '/lab/fridge/camera'), '/lab/fridge/a', 'note'],
  )
  for (const [at, photo] of photos.entries()) {
    const { id, revision_id: revision, thumbnail_revision_id: thumbnail } = heard[at]?.parameters ?? {}
    assert.equal(id, camera.id)
    assert.equal(typeof thumbnail, 'number')
    assert.deepEqual(Buffer.from((await lab.get('/resources/lab/fridge/camera', { rev: revision })).bytes), photo)
  }
  assert.match(
    messageOf(await sender.ask('update_sequence', { sequence: 'camera', value: Buffer.from('no picture').toString('base64') })),
    /not a JPEG/,
  )
  assert.match(messageOf(await sender.ask('update_sequence', { sequence: 'camera', value: 7 })), /^value must be base64 text/)
})
