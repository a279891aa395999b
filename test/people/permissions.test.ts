import assert from 'node:assert/strict'
import test from 'node:test'
import { anonymous, type Actor } from '../../src/tree/actor.ts'
import { Fault } from '../../src/base/fault.ts'
import { parsePermissionRecords, setPermissions } from '../../src/tree/permission-changes.ts'
import { canRead, canWrite } from '../../src/tree/permissions.ts'
import { NONE, READ, WRITE, type PermissionRecord } from '../../src/wire/permissions.ts'
import { openContext } from '../../src/open-context.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { pathOf } from '../../src/tree/tree.ts'
import { fieldOf } from '../support/browser.ts'
import { startLab, type Lab } from '../support/lab.ts'

const hasCode = (code: string) => (error: unknown) => error instanceof Fault && error.code === code

/** A lab with everybody who might ask, and another organization with its own admin and controller. */
async function startPeopledLab(lab: Lab) {
  const rivalId = Number(fieldOf(await lab.post('/organizations', { full_name: 'The Rival', folder_name: 'rival' }), 'organization_id'))
  const user = async (name: string, options: Parameters<Lab['user']>[1]): Promise<Actor & { kind: 'user' }> => ({
    kind: 'user',
    userId: (await lab.user(`${name}@example.com`, options)).id,
    isSystemAdmin: false,
  })
  const rival = await user('rival', { member: false })
  await lab.post(`/organizations/${rivalId}/users`, { user_id: rival.userId, is_admin: 1 })
  const fridge = await lab.controller('fridge')
  const oven = await lab.controller('oven')
  const controller = (controllerId: number, organizationId = lab.organization.id): Actor => ({
    kind: 'controller',
    controllerId,
    organizationId,
    keyId: 0,
  })
  const boss = await user('boss', { admin: true })
  return {
    rivalId,
    fridgeId: fridge.id,
    actors: {
      anonymous,
      stranger: await user('stranger', { member: false }),
      rival,
      member: await user('member', {}),
      boss,
      confined: { ...boss, userId: lab.adminId, onlyOrganizationId: rivalId } as Actor,
      fridge: controller(fridge.id),
      oven: controller(oven.id),
      foreign: controller(999_999, rivalId),
      system: { kind: 'user', userId: lab.adminId, isSystemAdmin: true } as Actor,
    },
  }
}

test('who may do what, by the records of a resource and of those above it', async (t) => {
  const lab = await startLab(t)
  const { ctx, organization } = lab
  const { rivalId, fridgeId, actors } = await startPeopledLab(lab)
  const resource = await lab.sequence('/lab/folder/t')
  const folder = resource.parent
  assert.ok(folder)
  const all = (level: string): Record<keyof typeof actors, string> => ({
    anonymous: '-',
    stranger: '-',
    rival: '-',
    member: level,
    boss: level,
    confined: '-',
    fridge: level,
    oven: level,
    foreign: '-',
    system: 'rw',
  })
  const { userId: memberId } = actors.member
  const cases: [string, PermissionRecord[] | null, PermissionRecord[] | null, Record<keyof typeof actors, string>][] = [
    ['what a new organization gives', null, null, all('rw')],
    ['public reading', null, [[100, 0, READ]], { ...all('rw'), anonymous: 'r', stranger: 'r', rival: 'r', confined: 'r', foreign: 'r' }],
    [
      'public writing',
      null,
      [[100, 0, WRITE]],
      { ...all('rw'), anonymous: 'rw', stranger: 'rw', rival: 'rw', confined: 'rw', foreign: 'rw' },
    ],
    ['users lowered', null, [[110, organization.id, READ]], { ...all('rw'), member: 'r', boss: 'r' }],
    ['users shut out above', [[110, organization.id, NONE]], null, { ...all('rw'), member: '-', boss: '-' }],
    [
      'shut out above and let in below',
      [[110, organization.id, NONE]],
      [[110, organization.id, READ]],
      { ...all('rw'), member: 'r', boss: 'r' },
    ],
    ['one user let in', [[110, organization.id, NONE]], [[130, memberId, WRITE]], { ...all('rw'), boss: '-' }],
    ['the highest record counts', null, [[130, memberId, NONE]], all('rw')],
    ['controllers shut out but one', [[120, organization.id, NONE]], [[140, fridgeId, READ]], { ...all('rw'), fridge: 'r', oven: '-' }],
    ["another organization's users", null, [[110, rivalId, READ]], { ...all('rw'), rival: 'r' }],
    ["another organization's controllers", null, [[120, rivalId, WRITE]], { ...all('rw'), foreign: 'rw' }],
    [
      'nobody',
      null,
      [
        [110, organization.id, NONE],
        [120, organization.id, NONE],
      ],
      all('-'),
    ],
  ]
  for (const [name, above, own, expected] of cases) {
    await setPermissions(ctx, actors.boss, folder, above)
    await setPermissions(ctx, actors.system, resource, own)
    for (const [who, actor] of Object.entries(actors)) {
      const level = `${canRead(ctx, actor, resource) ? 'r' : ''}${canWrite(ctx, actor, resource) ? 'w' : ''}` || '-'
      assert.equal(level, expected[who as keyof typeof actors], `${name}: ${who}`)
    }
  }
})

test("permissions are set by admins of the resource's organization and system admins, and by nobody else", async (t) => {
  const lab = await startLab(t)
  const { ctx } = lab
  const { actors } = await startPeopledLab(lab)
  const resource = await lab.sequence('/lab/t')
  const records = parsePermissionRecords([[100, 0, 20]])
  for (const who of ['anonymous', 'stranger', 'rival', 'member', 'confined', 'fridge', 'oven', 'foreign'] as const) {
    await assert.rejects(setPermissions(ctx, actors[who], resource, records), hasCode('forbidden'), who)
    assert.equal(resource.permissions, null)
  }
  for (const who of ['boss', 'system'] as const) {
    await setPermissions(ctx, actors[who], resource, records)
    assert.deepEqual(resource.permissions, [[100, 0, 20]], who)
    await setPermissions(ctx, actors[who], resource, null)
    assert.equal(resource.permissions, null, who)
  }
  await setPermissions(ctx, actors.boss, lab.organization, [])
  assert.equal(canRead(ctx, actors.boss, resource), false)
  await setPermissions(ctx, actors.boss, lab.organization, parsePermissionRecords([[110, lab.organization.id, 20]]))
  assert.equal(canWrite(ctx, actors.boss, resource), true, 'an admin who shut themself out lets themself in again')
})

test('whom permissions name must exist', async (t) => {
  const lab = await startLab(t)
  const { ctx } = lab
  const { actors, fridgeId } = await startPeopledLab(lab)
  const resource = await lab.sequence('/lab/t')
  const gone = await lab.user('gone@example.com')
  await lab.delete(`/users/${gone.id}`)
  for (const record of [
    [110, 999, 10],
    [110, fridgeId, 10],
    [120, 999, 10],
    [130, 999, 10],
    [130, gone.id, 10],
    [140, 999, 10],
    [140, lab.organization.id, 10],
  ] as PermissionRecord[]) {
    await assert.rejects(
      setPermissions(ctx, actors.boss, resource, [record]),
      (error) => hasCode('invalid')(error) && /^permissions: there is no/.test(String((error as Error).message)),
      String(record),
    )
  }
  assert.equal(resource.permissions, null)
})

test('what is no list of records is refused with what is wrong', () => {
  const wrong: [unknown, RegExp][] = [
    ['x', /^permissions must be null or a list/],
    [{}, /^permissions must be null or a list/],
    [[1], /found "1"/],
    [[[100, 0]], /found "\[100,0\]"/],
    [[[100, 0, 10, 1]], /found/],
    [[[99, 1, 10]], /unknown type "99"/],
    [[['100', 1, 10]], /unknown type/],
    [[[110, 1, 15]], /unknown level "15"/],
    [[[110, 1, '10']], /unknown level/],
    [[[110, null, 10]], /principal of type 110 must be an id/],
    [[[110, 1.5, 10]], /must be an id/],
    [[[110, -1, 10]], /must be an id/],
    [
      [
        [110, 1, 10],
        [110, 1, 20],
      ],
      /twice/,
    ],
    [Array.from({ length: 1_001 }, (_, at) => [130, at + 1, 10]), /more than 1000/],
  ]
  for (const [value, message] of wrong)
    assert.throws(
      () => parsePermissionRecords(value),
      (error) => hasCode('invalid')(error) && message.test((error as Error).message),
      JSON.stringify(value).slice(0, 60),
    )
  assert.deepEqual(
    parsePermissionRecords([
      [100, null, 10],
      [140, 7, 0],
    ]),
    [
      [100, 0, 10],
      [140, 7, 0],
    ],
  )
})

test('permissions are there after a restart', async (t) => {
  const lab = await startLab(t)
  const resource = await lab.sequence('/lab/t')
  await setPermissions(lab.ctx, { kind: 'user', userId: lab.adminId, isSystemAdmin: true }, resource, [[100, 0, READ]])
  await lab.stop()
  const opened = await openContext(lab.settings, { clock: systemClock, log: silentLog })
  const again = opened.ctx.tree.find(pathOf(resource))
  assert.ok(again)
  assert.equal(canRead(opened.ctx, anonymous, again), true)
  assert.equal(canWrite(opened.ctx, anonymous, again), false)
  await opened.close()
})
