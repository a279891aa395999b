/** What comes due while the server is off: an escalation, the end of a mute; and a change over a gap in the values. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PATH, create, fine, pass, send, startFreezer, told } from '../support/freezer.ts'
import { startLab, type FakeClock, type Lab } from '../support/lab.ts'

/** The same lab in a new daemon, after so long. */
async function offFor(t: Parameters<typeof startLab>[0], lab: Lab, clock: FakeClock, seconds: number): Promise<Lab> {
  await lab.stop()
  clock.advance(seconds)
  const next = await startLab(t, { clock, folder: lab.folder })
  await next.daemon.runWorkers()
  return { ...next, ...next.as(lab.key) }
}

test('an escalation that comes due while the server is off is told once, after its start', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15, escalate_after_seconds: 600, escalate_to: ['boss@example.com'] })
  await lab.daemon.runWorkers()
  await send(lab, -9)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 1)
  const next = await offFor(t, lab, clock, 900)
  await pass(next, clock, 10)
  await pass(next, clock, 900)
  const toBoss = (await told(next)).filter((one) => one.startsWith('boss@example.com'))
  assert.deepEqual(toBoss.length, 1)
  assert.match(toBoss[0] ?? '', /Nobody takes care yet/)
})

test('a mute that ends while the server is off holds nothing back after its start', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15 })
  fine(await lab.post('/alerts/mute', { path: PATH, for_seconds: 3_600 }))
  await lab.daemon.runWorkers()
  await send(lab, -9)
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), [])
  const next = await offFor(t, lab, clock, 7_200)
  // What was measured two hours ago alarms nobody any more; the next value does.
  await send(next, -9)
  await pass(next, clock, 10)
  assert.deepEqual(await told(next), [`ann@example.com: ${PATH} is above -15 C`])
  assert.deepEqual((fine(await next.get('/alerts/mutes')).json as unknown[]).length, 0)
})

test('a value after a gap is not held against those before it: nobody knows how fast it fell', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'falling', value: 10, within_seconds: 300 })
  await lab.daemon.runWorkers()
  await send(lab, 20)
  await pass(lab, clock, 3_600)
  await send(lab, 5)
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), [])
  await send(lab, -6)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 1)
})
