import { keepDataset } from '../../src/datasets/keep-dataset.ts'
import type { Actor } from '../../src/tree/actor.ts'
import type { Lab } from '../support/lab.ts'
import type { Scene } from './scenes.ts'

const FOLDER = '/lab/greenhouse'

async function share(lab: Lab): Promise<void> {
  await lab.post('/links', { path: FOLDER, note: 'for the auditor' })
  await lab.post('/links', { path: `${FOLDER}/temperature`, note: 'poster at the summer school, with Carla and Bob' })
  const place = lab.ctx.tree.find(FOLDER)
  const admin: Actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true }
  if (place) await keepDataset(lab.ctx, admin, { place, start: undefined, end: undefined }, { folder: '/lab/published', name: 'run 7' })
}

/** What is given to people without an account, and what is cited. */
export const sharingScenes: readonly Scene[] = [
  { name: 'sharing-links', path: `${FOLDER}?view=links`, prepare: share },
  {
    name: 'sharing-link-made',
    path: `${FOLDER}?view=links`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Make a secret link' }).click()
      await page.getByLabel('Address').waitFor()
    },
  },
  { name: 'sharing-cite', path: `${FOLDER}?view=cite` },
  { name: 'sharing-dataset', path: '/lab/published/run%207.zip' },
  {
    name: 'sharing-menu',
    path: FOLDER,
    act: async (page) => {
      await page.getByLabel('More actions').click()
    },
  },
]
