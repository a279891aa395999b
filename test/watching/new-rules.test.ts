/** A rule holds from the moment that it is made: for the value that is there, and for each that comes before anybody looked. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { create, fine, list, pass, PATH, send, startFreezer, told } from '../support/freezer.ts'
import type { Lab } from '../support/lab.ts'
import { waitFor } from '../support/waiting.ts'

const active = async (lab: Lab, path = PATH): Promise<unknown[]> => (await list(lab, path)).map(({ active: isActive }) => isActive)

test('a rule that is made while the value is beyond its limit comes on by itself, and one that is changed, too', async (t) => {
  const { lab } = await startFreezer(t)
  await lab.daemon.runWorkers()
  await send(lab, 4)
  await create(lab, { kind: 'above', value: 0, name: 'warm' })
  await waitFor('the alert is on', async () => (await active(lab))[0] === true)
  fine(await lab.put('/alerts', { path: PATH, name: 'warm', value: 10 }))
  await waitFor('the alert is off', async () => (await active(lab))[0] === false)
  assert.deepEqual(await told(lab), [`ann@example.com: ${PATH} is above 0 C`])
})

test('what comes just after a rule was made, changed, or began to cover a sequence is judged, and what was there is not', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await lab.daemon.runWorkers()
  const sendAt = async (value: number, path = PATH): Promise<void> => {
    clock.advance(1)
    await send(lab, value, path)
  }
  for (const value of [9, -5]) await sendAt(value)
  await create(lab, { kind: 'above', value: 0, name: 'warm', quiet_seconds: 60 })
  for (const value of [-6, 7, -5]) await sendAt(value)
  await pass(lab, clock, 1)
  const rises = async (path = PATH): Promise<unknown[]> => {
    const firings = fine(await lab.get('/alerts/history', { path })).json as { highest: unknown }[]
    return firings.map(({ highest }) => highest)
  }
  assert.deepEqual(await rises(), [7])
  assert.deepEqual(await told(lab), [`ann@example.com: ${PATH} was above 0 C`])

  fine(await lab.put('/alerts', { path: PATH, name: 'warm', value: -10 }))
  for (const value of [-20, -9, -20]) await sendAt(value)
  await pass(lab, clock, 1)
  assert.deepEqual(await rises(), [-9, 7])

  await create(lab, { kind: 'above', value: 0, pattern: '*/air' }, '/lab')
  const air = '/lab/house/air'
  await lab.sequence(air)
  for (const value of [1, -1]) await sendAt(value, air)
  await pass(lab, clock, 1)
  assert.deepEqual(await rises(air), [1])
})

test('a rise is measured from values of before the rule, and from none that came after the one that is judged', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await lab.daemon.runWorkers()
  await send(lab, 10)
  await create(lab, { kind: 'rising', value: 5, within_seconds: 600 })
  for (const value of [14, 8, 12]) {
    clock.advance(1)
    await send(lab, value)
  }
  await pass(lab, clock, 1)
  assert.deepEqual(await told(lab), [])
  clock.advance(1)
  await send(lab, 15.5)
  await pass(lab, clock, 1)
  assert.deepEqual(await told(lab), [`ann@example.com: ${PATH} is rising by more than 5 C within 10m`])
})
