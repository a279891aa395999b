import type { Lab } from '../lab.ts'
import type { Scene } from './scenes.ts'

let invitation = ''
let devices = 0

export const peopleScenes: readonly Scene[] = [
  {
    name: 'people-settings',
    path: '/-/settings',
    prepare: async (lab: Lab) => {
      await lab.put(`/users/${lab.adminId}`, { full_name: 'Ada Lindgren' })
    },
  },
  { name: 'people-settings-key', path: '/-/settings', act: (page) => page.getByRole('button', { name: 'Make a key' }).click() },
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
  { name: 'people-first-value', path: '/-/connect?folder=%2Flab', act: connect },
  { name: 'people-sign-up', path: '/-/sign-up', signedOut: true },
]

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
