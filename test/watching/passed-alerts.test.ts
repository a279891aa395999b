/** An alert that began and ended before it could be told is told once all the same, also when the server was killed in between. */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { PATH, create, fine, pass, send, startFreezer, told } from '../support/freezer.ts'
import { startLab, type FakeClock, type Lab } from '../support/lab.ts'
import { onFileAlone } from '../support/postgres.ts'

const WAS_ABOVE = `ann@example.com: ${PATH} was above 0 C`
const IS_ABOVE = `ann@example.com: ${PATH} is above 0 C`
const killed = onFileAlone('a kill is played by a copy of the files; the same with processes: postgres/alarms-and-kills')

/** One batch, of the last seconds. */
async function sendAll(lab: Lab, clock: FakeClock, values: readonly number[]): Promise<void> {
  const body = values.map((value, at) => ({ path: PATH, timestamp: new Date(clock.now() / 1_000 - 1_000 * (values.length - at)), value }))
  const reply = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert.equal(reply.status, 200, await reply.text())
}

/** The lab as a kill at this moment would leave it, in a new daemon after half a minute. */
async function startAfterKill(t: TestContext, lab: Lab, clock: FakeClock): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  cpSync(lab.folder, folder, { recursive: true, filter: (name) => !name.endsWith('.lock') })
  clock.advance(30)
  const next = await startLab(t, { clock, folder })
  await next.daemon.runWorkers()
  return { ...next, ...next.as(lab.key) }
}

test('a dip between two looks is told once, with its end, and the next one after the quiet time', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0, quiet_seconds: 600 })
  await lab.daemon.runWorkers()
  await sendAll(lab, clock, [-5, 9, -5, 8, -5])
  await pass(lab, clock, 20)
  assert.deepEqual(await told(lab), [WAS_ABOVE])
  const { data, body } = await lab.ctx.db.selectFrom('outgoing_messages').select(['data', 'body']).executeTakeFirstOrThrow()
  const [alert] = (JSON.parse(data ?? '{}') as { alerts: Record<string, unknown>[] }).alerts
  assert.deepEqual([alert?.['start_timestamp'], alert?.['end_timestamp']], ['2026-01-31T11:59:56Z', '2026-01-31T11:59:57Z'])
  assert.match(body, /that was so from .* to /)
  await sendAll(lab, clock, [9, -5])
  await pass(lab, clock, 20)
  assert.equal((await told(lab)).length, 1, 'in its quiet time')
  await pass(lab, clock, 600)
  await sendAll(lab, clock, [9, -5])
  await pass(lab, clock, 20)
  assert.deepEqual(await told(lab), [WAS_ABOVE, WAS_ABOVE])
  // One that is on again when it is looked at is told as such.
  await pass(lab, clock, 700)
  await sendAll(lab, clock, [9, -5, 9])
  await pass(lab, clock, 20)
  assert.deepEqual((await told(lab)).slice(2), [IS_ABOVE])
})

test('a dip that is muted, old, or too short for its rule is told to nobody', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0 })
  await create(lab, { kind: 'above', value: 0, for_seconds: 60, name: 'held', recipients: ['bob@example.com'] })
  fine(await lab.post('/alerts/mute', { path: PATH, for_seconds: 300 }))
  await lab.daemon.runWorkers()
  await sendAll(lab, clock, [-5, 9, -5])
  await pass(lab, clock, 400)
  assert.deepEqual(await told(lab), [])
  await pass(lab, clock, 7_200)
  const ago = (seconds: number): string => new Date(clock.now() / 1_000 - 1_000 * seconds).toISOString()
  for (const [timestamp, value] of [
    [ago(5_000), 9],
    [ago(4_900), -5],
  ] as const)
    fine(await lab.put(`/resources${PATH}`, { value, timestamp }))
  await pass(lab, clock, 20)
  assert.deepEqual(await told(lab), [])
})

test('a dip that was acknowledged before a kill is told once by the next start, and not again by the one after it', killed, async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0, quiet_seconds: 60 })
  await create(lab, { kind: 'rising', value: 10, within_seconds: 60, name: 'fast', recipients: ['bob@example.com'], quiet_seconds: 60 })
  await lab.daemon.runWorkers()
  await send(lab, -5)
  clock.advance(2)
  await send(lab, 9)
  clock.advance(2)
  await send(lab, -5)
  const second = await startAfterKill(t, lab, clock)
  const both = [WAS_ABOVE, `bob@example.com: ${PATH} was rising by more than 10 C within 1m`]
  assert.deepEqual((await told(second)).sort(), both.sort())
  const third = await startAfterKill(t, second, clock)
  await pass(third, clock, 20)
  assert.deepEqual((await told(third)).sort(), both.sort())
  await third.stop()
  const fourth = await startLab(t, { clock, folder: third.folder })
  await pass(fourth, clock, 20)
  assert.equal((await told(fourth)).length, 2)
})

test('a start tells nothing of what was before the server was up last, nor of a mute’s time', killed, async (t) => {
  const { lab, clock } = await startFreezer(t)
  await lab.daemon.runWorkers()
  await send(lab, 9)
  clock.advance(2)
  await send(lab, -5)
  await pass(lab, clock, 3_000)
  await lab.daemon.runWorkers()
  await create(lab, { kind: 'above', value: 0, quiet_seconds: 60 })
  fine(await lab.post('/alerts/mute', { path: PATH, for_seconds: 3_600 }))
  await lab.daemon.runWorkers()
  await send(lab, 9)
  clock.advance(2)
  await send(lab, -5)
  const next = await startAfterKill(t, lab, clock)
  await pass(next, clock, 20)
  assert.deepEqual(await told(next), [])
})
