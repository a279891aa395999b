import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER } from '../../src/wire/resource-types.ts'
import type { Scene } from './scenes.ts'

export const folderScenes: readonly Scene[] = [
  { name: 'folder', path: '/lab' },
  {
    name: 'folder-controller',
    path: '/lab/seattle',
    prepare: async (lab) => {
      await lab.sequence('/lab/seattle/log', 2)
      await lab.put('/resources', { values: { '/lab/seattle/log': 'info: station started, firmware 2.4.1, battery 87 %' } })
      await lab.post('/resources', {
        path: '/lab/seattle',
        name: 'calibration.csv',
        type: 'file',
        data: Buffer.from('a,b\n1,2\n'.repeat(4_000)).toString('base64'),
      })
    },
    act: (page) => page.locator('[data-trend] path').first().waitFor({ state: 'attached' }),
  },
  { name: 'folder-new', path: '/lab/seattle', act: (page) => page.locator('summary', { hasText: 'New' }).click() },
  {
    name: 'folder-new-sequence',
    path: '/lab',
    act: async (page) => {
      await page.locator('summary', { hasText: 'New' }).click()
      await page.getByRole('button', { name: 'Sequence', exact: true }).click()
    },
  },
  {
    name: 'folder-selected',
    path: '/lab/seattle',
    act: async (page) => {
      await page.getByLabel('Select temp_max').check()
      await page.getByLabel('Select wind').check()
    },
  },
  { name: 'folder-tree', path: '/lab?view=tree' },
  {
    name: 'folder-empty',
    path: '/lab/empty',
    prepare: async (lab) => void (await lab.post('/resources', { path: '/lab', name: 'empty', type: 'basic_folder' })),
  },
  {
    name: 'folder-large',
    path: '/lab/large',
    prepare: async (lab) => {
      await lab.post('/resources', { path: '/lab', name: 'large', type: 'basic_folder' })
      const parent = lab.ctx.tree.find('/lab/large')
      const rows = await lab.ctx.db.transaction().execute(async (tx) => {
        const made = [
          await insertResource(lab.ctx, tx, {
            parent,
            name: `A very long name, ${'as people give them to the results of their measurements, '.repeat(3)}final (2)`,
            type: BASIC_FOLDER,
          }),
        ]
        for (let at = 0; at < 10_000; at++)
          made.push(await insertResource(lab.ctx, tx, { parent, name: `sample ${at}`, type: BASIC_FOLDER }))
        return made
      })
      lab.ctx.tree.addAll(rows)
    },
  },
]
