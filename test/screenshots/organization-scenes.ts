import type { Scene } from './scenes.ts'

export const organizationScenes: readonly Scene[] = [
  {
    name: 'organization-members',
    path: '/lab?view=members',
    prepare: async (lab) => {
      await lab.user('grace@example.com', { admin: true })
      await lab.user('a.very.long.address.of.somebody@mail.institute-for-plant-science.example.com')
      await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: 'joan@example.com' })
    },
  },
  {
    name: 'organization-invited',
    path: '/lab?view=members',
    act: async (page) => {
      await page.getByLabel('E-mail address').fill(`linus-${Date.now()}@example.com`)
      await page.getByRole('button', { name: 'Invite', exact: true }).click()
      await page.getByLabel('Link of the invitation').waitFor()
    },
  },
  { name: 'organization-keys', path: '/lab?view=keys' },
  { name: 'organization-usage', path: '/lab?view=usage' },
  {
    name: 'permissions',
    path: () => '/lab/plans?view=permissions&who=100:0',
    prepare: async (lab) => {
      const { id } = await lab.user('margaret@example.com')
      await lab.post('/resources', { path: '/lab', name: 'plans', type: 'basic_folder' })
      await lab.put('/resources/lab/plans', {
        permissions: [
          [110, lab.organization.id, 10],
          [130, id, 20],
        ],
      })
    },
  },
]
