import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDaemon, type Daemon } from '../../daemon/daemon.ts'
import { systemClock } from '../../src/clock.ts'
import { offerFirstRun } from '../../src/first-run.ts'
import { silentLog } from '../../src/log.ts'
import { labSettings, type Lab } from '../lab.ts'
import type { Scene } from './scenes.ts'

let invitation = ''
let devices = 0
/** A server that nobody has used yet. */
let fresh: { daemon: Daemon; folder: string; link: string } | undefined

export const peopleScenes: readonly Scene[] = [
  {
    name: 'people-first-run',
    path: () => fresh?.link ?? '/',
    signedOut: true,
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
      const daemon = createDaemon(labSettings(folder), { clock: systemClock, log: silentLog })
      await daemon.start()
      fresh = { daemon, folder, link: daemon.url + ((await offerFirstRun(daemon.context)) ?? '') }
    },
    finish: async () => {
      await fresh?.daemon.stop()
      if (fresh) await rm(fresh.folder, { recursive: true, force: true })
    },
  },
  {
    name: 'people-settings',
    path: '/-/settings',
    prepare: async (lab: Lab) => {
      await lab.put(`/users/${lab.adminId}`, { full_name: 'Ada Lindgren' })
    },
  },
  { name: 'people-settings-key', path: '/-/settings', act: makeKey },
  { name: 'people-settings-refused', path: '/-/settings', act: refusePassword },
  {
    name: 'people-invitation',
    path: () => invitation,
    signedOut: true,
    prepare: async (lab: Lab) => {
      const { json } = await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: 'amy@example.com', send_email: 'false' })
      invitation = `/-/invitations/${(json as { access_code: string }).access_code}`
    },
  },
  { name: 'people-invitation-gone', path: '/-/invitations/NOTHING', signedOut: true },
  { name: 'people-connect', path: '/-/connect?folder=%2Flab' },
  { name: 'people-first-value', path: '/-/connect?folder=%2Flab&first=1', act: connect },
  {
    name: 'people-first-value-there',
    path: '/-/connect?folder=%2Flab',
    act: async (page) => {
      await connect(page)
      const code = await page.getByLabel('Secret key').innerText()
      const server = new URL(page.url()).origin
      await fetch(`${server}/api/v1/resources`, { method: 'PUT', headers: { authorization: `Bearer ${code}`, 'content-type': 'application/json' }, body: JSON.stringify({ values: { [`/lab/greenhouse-${devices}/temperature`]: 21.5 } }) })
      await page.getByText('It works').waitFor()
    },
  },
  { name: 'people-sign-up', path: '/-/sign-up', signedOut: true },
]

async function makeKey(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  await page.getByRole('button', { name: 'Make a key' }).click()
  await page.getByLabel('New key', { exact: true }).waitFor()
}

async function connect(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  devices++
  await page.getByLabel('Name of the controller').fill(`greenhouse-${devices}`)
  await page.getByRole('button', { name: 'Make the controller' }).click()
  await page.locator('html[data-live="on"]').waitFor({ state: 'attached' })
}

async function refusePassword(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  await page.getByLabel('Present password').fill('wrong-horse-9')
  await page.getByLabel('New password').fill('better-horse-9')
  await page.getByLabel('Once more').fill('better-horse-10')
  await page.getByRole('button', { name: 'Change the password' }).click()
}
