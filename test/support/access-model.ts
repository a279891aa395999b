/** Who may what: one model of roles, places and levels, which the permission matrix compares with what the server does. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { insertKey } from '../../src/people/key-records.ts'
import { startLab, type Caller, type Lab } from './lab.ts'

export const ROLES = ['nobody', 'stranger', 'reader', 'member', 'boss', 'confined', 'rival', 'fridge', 'system'] as const
export type Role = (typeof ROLES)[number]
export type Level = 'none' | 'read' | 'write'
/** What a call asks for: a level at a place, or who somebody is. */
export type Need =
  | Level
  | 'to know of it'
  | 'write as a user'
  | 'write or admin'
  | 'admin'
  | 'system'
  | 'person'
  | 'user'
  | 'known'
  | 'anybody'

const USERS: readonly Role[] = ['stranger', 'reader', 'member', 'boss', 'confined', 'rival', 'system']
const LAB: readonly Role[] = ['member', 'boss', 'confined', 'fridge']

/** A folder with a file `file.txt`, sequences `num` and `text`, and a controller `device` in it. */
export interface Place {
  readonly path: string
  readonly levels: Readonly<Partial<Record<Role, Level>>>
  readonly admins: readonly Role[]
}

const all = (roles: readonly Role[], level: Level): Partial<Record<Role, Level>> => Object.fromEntries(roles.map((role) => [role, level]))

export const PLACES: readonly Place[] = [
  { path: '/lab/shared', levels: { ...all(LAB, 'write'), reader: 'read', system: 'write' }, admins: ['boss', 'confined', 'system'] },
  { path: '/lab/open', levels: { ...all(ROLES, 'read'), ...all(LAB, 'write'), system: 'write' }, admins: ['boss', 'confined', 'system'] },
  { path: '/lab/hidden', levels: { system: 'write' }, admins: ['boss', 'confined', 'system'] },
  { path: '/lab/own', levels: { ...all(LAB, 'read'), fridge: 'write', system: 'write' }, admins: ['boss', 'confined', 'system'] },
  { path: '/rival/theirs', levels: { rival: 'write', system: 'write' }, admins: ['rival', 'system'] },
  // From /lab/shared: what it inherited there is gone.
  { path: '/rival/moved', levels: { rival: 'write', system: 'write' }, admins: ['rival', 'system'] },
]

export function mayDo(role: Role, need: Need, place?: Place): boolean {
  const level = place?.levels[role] ?? 'none'
  switch (need) {
    case 'read':
      return level !== 'none'
    case 'write':
      return level === 'write'
    case 'to know of it':
      return role !== 'nobody' && (level !== 'none' || mayDo(role, 'admin', place))
    case 'write as a user':
      return level === 'write' && USERS.includes(role)
    case 'write or admin':
      return mayDo(role, 'write as a user', place) || mayDo(role, 'admin', place)
    case 'admin':
      return place?.admins.includes(role) === true
    case 'system':
      return role === 'system'
    case 'person':
      return USERS.includes(role) && role !== 'confined'
    case 'user':
      return USERS.includes(role)
    case 'known':
      return role !== 'nobody'
    default:
      return true
  }
}

export const data = Buffer.from('1').toString('base64')

export interface Matrix {
  readonly lab: Lab
  readonly callers: Readonly<Record<Role, Caller>>
  /** Ids of users. */
  readonly users: Readonly<Record<'member' | 'rival', number>>
  readonly idOf: (path: string) => number
}

/** A lab with everybody and all places of the model. */
export async function startMatrix(t: TestContext): Promise<Matrix> {
  const lab = await startLab(t, { mqtt: true })
  const fine = async (reply: Promise<{ status: number; text: string }>): Promise<void> => {
    const { status, text } = await reply
    assert.equal(status, 200, text)
  }
  await fine(lab.post('/organizations', { full_name: 'The Rival', folder_name: 'rival' }))
  const idOf = (path: string): number => lab.ctx.tree.find(path)?.id ?? assert.fail(`no ${path}`)
  const user = (name: string, options: object) => lab.user(`${name}@example.com`, options)
  const [stranger, reader] = [await user('stranger', { member: false }), await user('reader', { member: false })]
  const [member, boss] = [await user('member', {}), await user('boss', { admin: true })]
  const rival = await user('rival', { member: false })
  await fine(lab.post(`/organizations/${idOf('/rival')}/users`, { user_id: rival.id, is_admin: 1 }))
  const confinement = { organizationId: lab.organization.id, creatorId: lab.adminId, userId: boss.id, confined: true }
  const confined = lab.as((await insertKey(lab.ctx, confinement)).secretKey)
  const fridge = await lab.controller('fridge')
  for (const path of [...PLACES.map((place) => place.path).filter((one) => one !== '/rival/moved'), '/lab/shared/moved']) {
    await fine(lab.post(`/resources${path}/file.txt`, { data }))
    await lab.sequence(`${path}/num`)
    await lab.sequence(`${path}/text`, 2)
    await fine(lab.post('/resources', { path, name: 'device', type: 12 }))
    await fine(lab.post('/alerts', { path: `${path}/num`, name: 'high', kind: 'above', value: 5, recipients: 'ann@example.com' }))
  }
  await fine(lab.put('/resources/lab/shared/moved', { parent: '/rival' }))
  const records: Record<string, unknown> = {
    '/lab/shared': [[130, reader.id, 10]],
    '/lab/open': [[100, 0, 10]],
    '/lab/hidden': [110, 120].map((type) => [type, lab.organization.id, 0]),
    '/lab/own': [
      [110, lab.organization.id, 10],
      [120, lab.organization.id, 0],
      [140, fridge.id, 20],
    ],
  }
  for (const [path, permissions] of Object.entries(records)) await fine(lab.put(`/resources${path}`, { permissions }))
  return {
    lab,
    idOf,
    users: { member: member.id, rival: rival.id },
    callers: { nobody: lab.as(''), stranger, reader, member, boss, confined, rival, fridge, system: lab },
  }
}
