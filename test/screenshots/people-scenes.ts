import type { Lab } from '../lab.ts'
import type { Scene } from './scenes.ts'

let invitation = ''

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
  { name: 'people-sign-up', path: '/-/sign-up', signedOut: true },
]

async function refusePassword(page: Parameters<NonNullable<Scene['act']>>[0]): Promise<void> {
  await page.getByLabel('Present password').fill('wrong-horse-9')
  await page.getByLabel('New password').fill('better-horse-9')
  await page.getByLabel('Once more').fill('better-horse-10')
  await page.getByRole('button', { name: 'Change the password' }).click()
}
