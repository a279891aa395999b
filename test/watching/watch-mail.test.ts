/** From a plug that is pulled to the mail that wakes somebody: all real but the clock. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { FakeClock, startLab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

test('a controller that is unplugged makes one mail, the restart of the server none, and its return another', async (t) => {
  const server = await startMailServer(t)
  const clock = new FakeClock()
  let lab = await startLab(t, { clock, settings: server.settings })
  const fridge = await lab.controller('fridge')
  assert.equal(
    (
      await lab.put(`/resources${fridge.path}`, {
        system_attributes: { watchdog_minutes: 10, watchdog_recipients: 'ann@example.com, bob@example.com' },
      })
    ).status,
    200,
  )
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('watchdog')
  peer.socket.terminate()
  await once(peer.socket, 'close')
  await waitFor('the server noticed', () => lab.ctx.liveness.get(fridge.id)?.connections === 0)
  clock.advance(601)
  await lab.daemon.runWorkers()
  const mail = await server.mail(1)
  assert.deepEqual(mail.to, ['ann@example.com', 'bob@example.com'])
  assert.match(mail.text, /^Subject: \/lab\/fridge is silent\r$/m)
  await waitFor(
    'it is recorded as sent',
    async () => (await lab.ctx.db.selectFrom('outgoing_messages').select('id').where('state', '=', 'sent').execute()).length === 1,
  )

  const { folder } = lab
  await lab.stop()
  lab = await startLab(t, { clock, folder, settings: server.settings })
  await lab.daemon.runWorkers()
  clock.advance(3_600)
  await lab.daemon.runWorkers()
  const back = await connect(t, lab, fridge.key)
  await back.tell('watchdog')
  await lab.daemon.runWorkers()
  assert.match((await server.mail(2)).text, /^Subject: \/lab\/fridge is back\r$/m)
  assert.equal(server.mails.length, 2)
})

test('a freezer that gets warm makes a mail as soon as its value is stored', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: server.settings })
  await lab.sequence('/lab/freezer/temperature', 1, { units: 'C' })
  assert.equal(
    (await lab.post('/alerts', { path: '/lab/freezer/temperature', kind: 'above', value: -15, recipients: 'ann@example.com' })).status,
    200,
  )
  await lab.daemon.runWorkers()
  assert.equal((await lab.put('/resources', { values: { '/lab/freezer/temperature': -9.5 } })).status, 200)
  assert.match((await server.mail(1)).text, /^Subject: \/lab\/freezer\/temperature is above -15 C\r$/m)
})
