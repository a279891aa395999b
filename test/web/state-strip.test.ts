/** Strips of states: what holds when, and what makes no strip. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { coloursOfStates, colourOfState } from '../../daemon/web/shared/state-colours.ts'
import { partsOf, statesOf, stretchesOf } from '../../daemon/web/shared/state-strip.ts'
import { readStates } from '../../daemon/web/pages/sequence/states.ts'
import { SECOND } from '../../src/base/time.ts'
import { serverActor } from '../../src/resources/system.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { startLab } from '../support/lab.ts'

test('a state holds until the next one, the last until now; repeated ones are one stretch, and a span shows its part of each', () => {
  const changes = [
    { time: 10, text: 'closed' },
    { time: 20, text: 'open' },
    { time: 25, text: 'open' },
    { time: 30, text: 'closed' },
    { time: 90, text: 'open' },
  ]
  const stretches = stretchesOf(changes, 50)
  assert.deepEqual(stretches, [
    { from: 10, to: 20, text: 'closed' },
    { from: 20, to: 30, text: 'open' },
    { from: 30, to: 50, text: 'closed' },
  ])
  assert.deepEqual(
    partsOf(stretches, { from: 15, to: 35 }).map(({ left, right }) => [left, right]),
    [
      [0, 0.25],
      [0.25, 0.75],
      [0.75, 1],
    ],
  )
  assert.deepEqual(partsOf(stretches, { from: 60, to: 70 }), [])
  assert.deepEqual(statesOf(changes), ['closed', 'open'])
  assert.deepEqual(stretchesOf([], 50), [])
})

test('changes of a range come with the state that held at its beginning; a log has none', async (t) => {
  const lab = await startLab(t)
  const door = await lab.sequence('/lab/door', 2)
  const log = await lab.sequence('/lab/log', 2)
  const now = lab.ctx.clock.now()
  const at = (second: number): number => now + (second - 100) * SECOND
  const texts = ['closed', 'closed', 'open', 'open', 'open', 'closed']
  await lab.ctx.sequences.append(texts.map((value, place) => ({ sequence: refOf(door), time: at(place * 10), value })))
  await lab.ctx.sequences.append(texts.map((_, place) => ({ sequence: refOf(log), time: at(place), value: `reading ${place}` })))
  await lab.ctx.sequences.append(
    Array.from({ length: 13 }, (_, place) => ({ sequence: refOf(log), time: at(50 + place), value: `line ${place}` })),
  )
  const read = async (start?: number, end?: number): Promise<[number, string][]> =>
    (await readStates(lab.ctx, serverActor, door, { start, end })).changes.map(({ time, text }) => [
      Math.round(time - at(0) / SECOND),
      text,
    ])
  assert.deepEqual(await read(), [
    [0, 'closed'],
    [20, 'open'],
    [50, 'closed'],
  ])
  assert.deepEqual(await read(at(25), at(45)), [[20, 'open']])
  assert.deepEqual(await read(at(-50), at(-10)), [])
  assert.deepEqual(await readStates(lab.ctx, serverActor, log, {}), { changes: [], isLog: true })
})

test('a state has its colour wherever it is shown, and those of one sequence can be told apart', () => {
  assert.deepEqual(
    [...coloursOfStates(['open', 'closed'])],
    [
      ['closed', 'quiet'],
      ['open', 'busy'],
    ],
  )
  const many = Array.from({ length: 12 }, (_, n) => `state ${n}`)
  const colours = coloursOfStates([...many, ...many].reverse())
  assert.equal(new Set(colours.values()).size, 12)
  assert.equal(colours.get('state 0'), colourOfState('state 0'))
})
