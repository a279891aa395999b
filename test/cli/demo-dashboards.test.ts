/** The demo's dashboards show something in each tile. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { DEMO_DASHBOARDS } from '../../commands/demo/dashboards.ts'
import { RECORD_TABLES } from '../../commands/demo/record.ts'
import { openDashboard, readTiles } from '../../src/dashboards/tile-data.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { startLab } from '../support/lab.ts'

test('each tile of the demo finds its sequences, at each station that can be chosen', async (t) => {
  const lab = await startLab(t)
  await lab.post('/organizations', { full_name: 'Demo', folder_name: 'demo' })
  for (const { controller, sequences } of RECORD_TABLES)
    for (const { name } of sequences) {
      const path = `/demo/${controller}/${name}`
      await lab.sequence(path)
      await lab.put('/resources', { values: { [path]: 1 } })
    }
  const actor: Actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true }
  assert.equal(DEMO_DASHBOARDS.size, 2)
  for (const [name, text] of DEMO_DASHBOARDS) {
    await lab.post(`/resources/demo/${name}`, { data: Buffer.from(text).toString('base64') })
    const file = lab.ctx.tree.find(`/demo/${name}`)
    assert.ok(file)
    for (const station of RECORD_TABLES.map(({ controller }) => controller)) {
      const open = await openDashboard(lab.ctx, actor, file, { station })
      for (const { tile, problem, note, data } of await readTiles(lab.ctx, actor, open, { room: 100 })) {
        assert.deepEqual([problem, note], [undefined, undefined], `${name}, tile ${tile}, ${station}`)
        assert.ok(data)
      }
    }
  }
})
