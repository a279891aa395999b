/** A freezer whose temperature is watched, and the clock in hand. */
import assert from 'node:assert/strict'
import { FakeClock, startLab, type Caller, type Lab, type Reply } from './lab.ts'

export const PATH = '/lab/freezer/temperature'

/** What people have been told so far: recipients and subject. */
export async function told(lab: Lab): Promise<string[]> {
  const rows = await lab.ctx.db.selectFrom('outgoing_messages').select(['recipients', 'subject']).orderBy('id').execute()
  return rows.map(({ recipients, subject }) => `${(JSON.parse(recipients) as string[]).join(' ')}: ${subject}`)
}

export const fine = (reply: Reply): Reply => {
  assert.equal(reply.status, 200, reply.text)
  return reply
}
export const create = async (lab: Caller, rule: Record<string, unknown>, path = PATH): Promise<void> =>
  void fine(await lab.post('/alerts', { path, recipients: ['ann@example.com'], ...rule }))
export const send = async (lab: Caller, value: unknown, path = PATH): Promise<void> =>
  void fine(await lab.put('/resources', { values: { [path]: value } }))
export const list = async (lab: Caller, path?: string): Promise<Record<string, unknown>[]> =>
  fine(await lab.get('/alerts', path === undefined ? {} : { path })).json as Record<string, unknown>[]

/** With a freezer's temperature, and the clock in hand. */
export async function startFreezer(
  t: Parameters<typeof startLab>[0],
  settings: Record<string, unknown> = {},
): Promise<{ lab: Lab; clock: FakeClock }> {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings })
  await lab.sequence(PATH, 1, { units: 'C' })
  return { lab, clock }
}

/** Lets time pass as a server spends it: with a look at everything every ten seconds at least. */
export async function pass(lab: Lab, clock: FakeClock, seconds: number): Promise<void> {
  clock.advance(seconds)
  await lab.daemon.runWorkers()
}
