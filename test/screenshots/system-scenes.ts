import { writeWrongStretch } from '../../src/database/wrong-clocks.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'
import type { Scene } from './scenes.ts'

/** A day of a lab's life: busier by day than by night. */
async function live(lab: Lab): Promise<void> {
  const now = lab.ctx.clock.now()
  for (let at = 0; at < 2_880; at++) {
    const swing = 0.6 + 0.4 * Math.sin((at / 2_880) * 2 * Math.PI - 1.5)
    const noise = 0.85 + 0.3 * Math.abs((Math.sin(at * 12.9898) * 43_758.5453) % 1)
    lab.ctx.statistics.record({
      time: now - (2_880 - at) * 30 * SECOND,
      values: 42 * noise,
      requests: 3 * swing * noise,
      messages: 45 * noise,
      connections: Math.round(12 + 8 * swing),
      memory: 92e6 + 9e6 * noise,
      processor: 2.1 * swing * noise,
    })
  }
  for (const [address, name] of [
    ['ann@example.com', 'Ann Gardener'],
    ['bob.with.a.rather.long.address@department.example.org', 'Bob'],
    ['carla@example.com', ''],
  ] as const)
    await lab.post('/users', { email_address: address, full_name: name, password: 'correct-horse-9' })
  await lab.delete('/users/2')
  for (const recipient of ['ann@example.com', '+15551234567', 'https://hooks.example.com/lab'])
    await lab.post('/notifications', { recipient })
  // The server may have made it meanwhile, to say that a controller is silent.
  if (!lab.ctx.tree.find('/system/worker/log')) await lab.sequence('/system/worker/log', 2)
  for (const line of [
    'Purged 12 resources that were deleted before 2026-10-26.',
    '/lab/pump house is silent. Queued for 2 recipients.',
    '/lab/pump house is back. Queued for 2 recipients.',
    'Gave up the mail 4 "Freezer above 8" after 9 attempts: ann@example.com: mailbox full',
    'The clock was set forward by 312 s.',
  ]) {
    await lab.put('/resources', { values: { '/system/worker/log': line } })
  }
}

/** A server that booted in 1970, and was an hour ahead another time. */
async function errClock(lab: Lab): Promise<void> {
  const now = lab.ctx.clock.now()
  const { engine } = lab.ctx
  await writeWrongStretch(engine, { boot: 'one', start: 3_600 * SECOND, end: 3_900 * SECOND, offBy: now - 3_900 * SECOND })
  await writeWrongStretch(engine, { boot: 'two', start: now - 7_200 * SECOND, end: now - 3_600 * SECOND, offBy: -3_600 * SECOND })
}

export const systemScenes: readonly Scene[] = [
  { name: 'system-overview', path: '/-/system', prepare: live },
  {
    name: 'system-clock',
    path: '/-/system',
    prepare: errClock,
    act: (page) => page.getByText('The server’s clock was wrong').scrollIntoViewIfNeeded(),
  },
  { name: 'system-extensions', path: '/-/system/extensions' },
  { name: 'system-users', path: '/-/system/users' },
  { name: 'system-user', path: '/-/system/users/3' },
  { name: 'system-organizations', path: '/-/system/organizations' },
  { name: 'system-keys', path: '/-/system/keys' },
  { name: 'system-messages', path: '/-/system/messages' },
  { name: 'system-message', path: '/-/system/messages/1' },
  { name: 'system-settings', path: '/-/system/settings' },
  { name: 'system-log', path: '/-/system/log' },
  { name: 'error-no-user', path: '/-/system/users/999' },
]
