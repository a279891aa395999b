/** A lab and its standby, each a server of its own: `const { leader, standby } = await startPair(t)`. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { readProfiles } from '../../src/client/profiles.ts'
import { emptyLab, type CommandLineLab } from './command-line.ts'
import { waitFor } from './waiting.ts'

export interface Pair {
  leader: CommandLineLab
  standby: CommandLineLab
  /** The admin's, which works at both. */
  key: string
}

export interface Health {
  status: string
  role: string
  epoch: number
  lab: string
  behind_s?: number
  point?: string
  problems?: Record<string, string>
}

export const urlOf = ({ port }: CommandLineLab): string => `http://127.0.0.1:${port}`

/** A lab that may be followed, running, with the organization /test-org. */
export async function startLeader(t: TestContext): Promise<{ leader: CommandLineLab; key: string }> {
  const leader = await emptyLab(t)
  Object.assign(leader.env, { RHIZO_SERVER_STANDBY_ALLOWED: 'true' })
  await leader.run('init-db')
  await leader.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'test-org')
  await leader.startServer()
  const { profiles } = await readProfiles(leader.env)
  return { leader, key: profiles.default?.key ?? '' }
}

/** Both run, and the standby has all. */
export async function startPair(t: TestContext): Promise<Pair> {
  const { leader, key } = await startLeader(t)
  const standby = await emptyLab(t)
  await standby.run('standby', 'follow', urlOf(leader), '--url', urlOf(standby), '--key', key, '--setup')
  await standby.startServer()
  return { leader, standby, key }
}

/** Of a server; undefined when it doesn't answer. */
export async function healthOf(lab: CommandLineLab): Promise<Health | undefined> {
  try {
    return (await (await fetch(`${urlOf(lab)}/health`)).json()) as Health
  } catch {
    return undefined
  }
}

/** Waits until the standby has all that the lab has acknowledged by now. */
export async function waitUntilFollowed(standby: CommandLineLab): Promise<void> {
  const now = new Date().toISOString()
  await waitFor('the standby has all until now', async () => ((await healthOf(standby))?.point ?? '') >= now)
}

/** A request with a key, below /api/v1, with a form. */
export async function call(
  lab: CommandLineLab,
  key: string,
  method: string,
  path: string,
  form?: Record<string, string | number>,
): Promise<Response> {
  return fetch(`${urlOf(lab)}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(form ? { body: new URLSearchParams(Object.entries(form).map(([name, value]): [string, string] => [name, String(value)])) } : {}),
  })
}

export const put = (lab: CommandLineLab, key: string, path: string, value: number): Promise<Response> =>
  call(lab, key, 'PUT', '/resources', { values: JSON.stringify({ [path]: value }) })

/** Stores a value. */
export async function append(lab: CommandLineLab, key: string, path: string, value: number): Promise<void> {
  const reply = await put(lab, key, path, value)
  const text = await reply.text()
  assert.ok(reply.status === 200 && /"stored":1/.test(text), `${reply.status} ${text}`)
}

export async function keyOfController(lab: CommandLineLab, key: string, id: number): Promise<string> {
  const made = (await (await call(lab, key, 'POST', '/keys', { access_as_controller_id: id })).json()) as { secret_key: string }
  return made.secret_key
}
