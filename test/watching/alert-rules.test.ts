/** Alert rules as they are given: what is refused, by whom, and how one is tried. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { formatTimestamp } from '../../src/base/time.ts'
import { PATH, create, fine, list, startFreezer } from '../support/freezer.ts'
import type { Caller } from '../support/lab.ts'

test('what is wrong with a rule is said; whoever may not is refused; recipients are for those who may change them', async (t) => {
  const { lab } = await startFreezer(t)
  await lab.sequence('/lab/note', 2)
  const box = await lab.controller('box')
  const refused = async (rule: Record<string, unknown>, path = PATH, caller: Caller = lab): Promise<string> => {
    const reply = await caller.post('/alerts', { path, recipients: ['ann@example.com'], ...rule })
    assert.notEqual(reply.status, 200, reply.text)
    return `${reply.status} ${(reply.json as { message: string }).message}`
  }
  assert.match(await refused({ kind: 'over' }), /^400 kind is "over"; allowed: above, below, outside, rising, falling, unchanged, silent/)
  assert.match(await refused({ kind: 'above' }), /^400 alert: value must be a number, found nothing/)
  assert.match(await refused({ kind: 'above', value: 1, hysteresis: -1 }), /^400 hysteresis is -1; allowed: 0/)
  assert.match(await refused({ kind: 'outside', low: 5, high: 2 }), /^400 alert: low is 5, above high/)
  assert.match(await refused({ kind: 'outside', low: 2, high: 3, hysteresis: 1 }), /^400 alert: hysteresis is 1: it leaves nothing/)
  assert.match(await refused({ kind: 'silent' }), /^400 alert: for_seconds must be a number/)
  assert.match(await refused({ kind: 'silent', for_seconds: 5 }), /^400 alert: for_seconds is 5; allowed: 10 to/)
  assert.match(await refused({ kind: 'above', value: 1, recipients: [] }), /^400 alert: recipients is missing or empty/)
  assert.match(await refused({ kind: 'above', value: 1, recipients: ['nobody'] }), /^400 alert: recipients: "nobody" is neither/)
  assert.match(
    await refused({ kind: 'above', value: 1 }, '/lab/note'),
    /^400 alert: kind is "\\"above\\""; allowed here: unchanged, silent/,
  )
  assert.match(await refused({ kind: 'unchanged', for_seconds: 60 }, box.path), /^400 alert: kind .*; allowed here: silent/)
  assert.match(await refused({ kind: 'above', value: 1 }, '/lab'), /^400 alert: pattern is missing: for which sequences in the folder/)
  assert.match(await refused({ kind: 'above', value: 1 }, '/lab/none'), /^404 /)
  assert.match(await refused({ kind: 'above', value: 1 }, PATH, box), /^403 Only users make, change, mute and acknowledge alerts/)
  const stranger = await lab.user('stranger@example.com', { member: false })
  assert.match(await refused({ kind: 'above', value: 1 }, PATH, stranger), /^403 /)
  assert.equal(
    (await box.put(`/resources${PATH}`, { system_attributes: { alerts: [{ kind: 'above', value: 1, recipients: ['x@example.com'] }] } }))
      .status,
    403,
  )

  await create(lab, { kind: 'above', value: 1 })
  assert.match(await refused({ kind: 'above', value: 1 }), /^409 \/lab\/freezer\/temperature has an alert named "above 1" already/)
  for (let number = 2; number <= 10; number++) await create(lab, { kind: 'above', value: number })
  assert.match(await refused({ kind: 'above', value: 11 }), /^400 alerts has 11 rules; at most 10/)
  assert.equal((await lab.delete('/alerts', { path: PATH, name: 'none' })).status, 404)

  await lab.put('/resources/lab/freezer', { permissions: [[100, 0, 10]] })
  const seen = await list(lab.as(''), '/lab/freezer')
  assert.deepEqual([seen.length, seen[0]?.['recipients'], seen[0]?.['condition']], [10, null, 'above 1'])
  const { text } = fine(await lab.as('').get(`/resources${PATH}`, { meta: 1 }))
  assert.ok(!text.includes('ann@example.com'), text)
  assert.ok(!fine(await lab.as('').get('/resources/lab/freezer', { extended: 1, recursive: 1 })).text.includes('ann@example.com'))
  assert.ok(fine(await lab.get(`/resources${PATH}`, { meta: 1 })).text.includes('ann@example.com'))
})

test('a rule is tried on what is stored, by the machine that follows it live', async (t) => {
  const { lab, clock } = await startFreezer(t)
  const at = (minutes: number): string => formatTimestamp(clock.now() + minutes * 60_000_000)
  const values = Array.from({ length: 600 }, (_, minute) => ({
    path: PATH,
    timestamp: at(minute - 600),
    value: minute % 100 < 90 ? -18 : -10,
  }))
  const reply = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(values),
  })
  assert.equal(reply.status, 200)
  const tryOut = async (
    parameters: Record<string, unknown>,
  ): Promise<{
    values: number
    count: number
    firings: { start_timestamp: string; end_timestamp: string | null; value: unknown; told: boolean }[]
  }> => fine(await lab.get('/alerts/test', { path: PATH, ...parameters })).json as never
  const all = await tryOut({ kind: 'above', value: -15, for_seconds: 300 })
  assert.deepEqual([all.values, all.count], [600, 6])
  assert.deepEqual(all.firings[0], { start_timestamp: at(95 - 600), end_timestamp: at(100 - 600), value: -10, told: true })
  assert.equal(all.firings[5]?.end_timestamp, null)
  assert.equal((await tryOut({ kind: 'above', value: -15, for_seconds: 900 })).count, 0)
  assert.equal((await tryOut({ kind: 'above', value: -15, start_timestamp: at(-199) })).count, 2)
  assert.deepEqual(
    (await tryOut({ kind: 'above', value: -15, quiet_seconds: 7_200 })).firings.map(({ told: isTold }) => isTold),
    [true, false, true, false, true, false],
  )
  assert.equal((await tryOut({ kind: 'silent', for_seconds: 61 })).count, 0)
  assert.equal((await tryOut({ kind: 'silent', for_seconds: 59 })).count, 600)
  await create(lab, { kind: 'above', value: -15, name: 'warm' })
  assert.equal((await tryOut({ name: 'warm' })).count, 6)
  assert.equal((await lab.get('/alerts/test', { path: PATH, name: 'none' })).status, 404)
  assert.equal((await lab.as('').get('/alerts/test', { path: PATH, name: 'warm' })).status, 403)
})
