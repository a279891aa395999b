/** Slow subscribers, eager senders, and the daemon's end. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { connect, messageOf, refused } from '../support/peer.ts'

test('a subscriber that does not read costs a bounded queue, and is cut off after thirty seconds; others hear everything', async (t) => {
  const clock = new FakeClock()
  let cutOff = (): void => {}
  const isCutOff = new Promise<void>((resolve) => (cutOff = resolve))
  const log = { ...silentLog, warn: (_fields: object, message: string) => (message.startsWith('cut off') ? cutOff() : undefined) }
  const lab = await startLab(t, { clock, log, settings: { MAX_OUTBOX_SIZE: 100_000 } })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  const [sender, slow, fine] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key), await connect(t, lab, lab.key)]
  await slow.subscribe('/lab/fridge')
  await fine.subscribe('/lab/fridge')
  slow.socket.pause()
  const counts = lab.daemon.metrics.transport('websocket')
  // The kernel's buffers take some megabytes first.
  let sent = 0
  const filler = 'x'.repeat(20_000)
  while (counts.collapsed < 100) {
    for (let n = 0; n < 4; n++) sender.send({ type: 'update_sequence', parameters: { sequence: 'log', value: `${++sent} ${filler}` } })
    await fine.hear(({ parameters }) => String(parameters?.['value']).startsWith(`${sent} `))
    assert.ok(sent < 5_000, 'the subscriber is slow')
  }
  sender.send({ type: 'note' })
  await fine.hear('note')
  assert.equal(fine.heard.filter(({ type }) => type === 'sequence_update').length, sent)
  clock.advance(31)
  await isCutOff
  slow.socket.resume()
  assert.deepEqual(await slow.closed, { code: 1013, reason: 'Too slow: messages wait for longer than they may.' })
  const heard = slow.heard
    .filter(({ type }) => type === 'sequence_update')
    .map(({ parameters }) => Number.parseInt(String(parameters['value']), 10))
  assert.ok(heard.length < sent)
  assert.deepEqual(
    heard,
    [...heard].sort((a, b) => a - b),
  )
})

test('a slow subscriber that catches up gets the newest value', async (t) => {
  const lab = await startLab(t, { settings: { MAX_OUTBOX_SIZE: 100_000 } })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  const [sender, slow] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await slow.subscribe('/lab/fridge')
  slow.socket.pause()
  const counts = lab.daemon.metrics.transport('websocket')
  const filler = 'x'.repeat(20_000)
  let sent = 0
  while (counts.collapsed < 100) {
    for (let n = 0; n < 49; n++) sender.send({ type: 'update_sequence', parameters: { sequence: 'log', value: `${++sent} ${filler}` } })
    await sender.tell('update_sequence', { sequence: 'log', value: `${++sent} ${filler}` })
  }
  slow.socket.resume()
  await slow.hear(({ parameters }) => String(parameters?.['value']).startsWith(`${sent} `))
  assert.ok(slow.heard.length < sent)
  await slow.tell('ping')
})

test('a peer that sends and never reads its answers is not read from; when it reads, all of them come', async (t) => {
  const lab = await startLab(t, { settings: { MAX_OUTBOX_SIZE: 10_000 } })
  const peer = await connect(t, lab, lab.key)
  peer.socket.pause()
  const id = 'i'.repeat(90)
  for (let n = 0; n < 100_000; n++) peer.send(`{"type":"ping","id":"${id}${n}"}`)
  peer.socket.resume()
  await peer.hear((message) => message.id === `${id}99999`)
  assert.equal(peer.heard.length, 100_000)
})

test('more values than may wait for the disk are taken in when their turn comes', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const a = await lab.sequence('/lab/fridge/a')
  const peer = await connect(t, lab, fridge.key)
  for (let n = 0; n < 60_000; n++) peer.send(`{"type":"update_sequence","parameters":{"sequence":"a","value":${n}}}`)
  await peer.tell('update_sequence', { sequence: 'a', value: 60_000 })
  const { values } = await lab.ctx.sequences.read({ id: a.id, isText: false }, { order: 'ascending', limit: 100_000 })
  assert.deepEqual(
    values,
    Array.from({ length: 60_001 }, (_, n) => n),
  )
})

test('at its end the daemon stores what came in, delivers what waits, and says 1001', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/a')
  const [sender, listener] = [await connect(t, lab, fridge.key), await connect(t, lab, lab.key)]
  await listener.subscribe('/lab/fridge')
  await sender.tell('ping')
  for (let n = 0; n < 2_000; n++) sender.send({ type: 'update_sequence', id: n, parameters: { sequence: 'a', value: n } })
  const stopping = lab.stop()
  assert.deepEqual(
    [await sender.closed, await listener.closed],
    Array.from({ length: 2 }, () => ({ code: 1001, reason: 'The server is stopping.' })),
  )
  await stopping
  const acked = sender.heard.filter(({ type, id }) => type === 'ack' && typeof id === 'number').map(({ id }) => Number(id))
  assert.deepEqual(
    acked,
    Array.from({ length: acked.length }, (_, n) => n),
  )
  const heard = listener.heard.filter(({ type }) => type === 'sequence_update').map(({ parameters }) => Number(parameters['value']))
  assert.deepEqual(heard, acked)
  const again = await startLab(t, { folder: lab.folder })
  const stored = await again.ctx.sequences.read(
    { id: again.ctx.tree.find('/lab/fridge/a')?.id ?? 0, isText: false },
    { order: 'ascending', limit: 10_000 },
  )
  assert.deepEqual(stored.values, acked)
  assert.equal(again.ctx.liveness.get(fridge.id)?.connections, 0)
})

test('while it stops no connection is taken, and a peer that does not answer the closing does not hold it up', async (t) => {
  const lab = await startLab(t, { settings: { SHUTDOWN_TIMEOUT: 1 } })
  const peer = await connect(t, lab, lab.key)
  peer.socket.pause()
  const before = performance.now()
  await lab.stop()
  // The library alone would wait for 30 seconds.
  assert.ok(performance.now() - before < 20_000)
  await assert.rejects(refused(lab))
})

test('when the disk fails, each value that waited is refused with its id and can be sent again', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/a')
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update_sequence', { sequence: 'a', value: 1 })
  await lab.ctx.db.schema.alterTable('sequence_journal').renameTo('away').execute()
  const refusal = await peer.ask('update_sequence', { sequence: 'a', value: 2 })
  assert.match(messageOf(refusal), /^Internal error \([0-9a-f]{8}\)$/)
  await lab.ctx.db.schema.alterTable('away').renameTo('sequence_journal').execute()
  await peer.tell('update_sequence', { sequence: 'a', value: 2 })
})
