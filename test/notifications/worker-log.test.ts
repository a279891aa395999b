import assert from 'node:assert/strict'
import test from 'node:test'
import { logWork } from '../../src/notifications/worker-log.ts'
import { startLab } from '../support/lab.ts'

test('the worker log is made when it is first written to, and again after somebody deleted it', async (t) => {
  const lab = await startLab(t)
  await Promise.all([logWork(lab.ctx, 'one'), logWork(lab.ctx, 'two')])
  const path = '/resources/system/worker/log'
  const { values } = (await lab.get(path, { count: 10 })).json as { values: string[] }
  assert.deepEqual(values.sort(), ['one', 'two'])
  assert.equal((await lab.delete(path)).status, 200)
  await logWork(lab.ctx, 'three')
  assert.deepEqual(((await lab.get(path, { count: 10 })).json as { values: string[] }).values, ['three'])
  assert.equal((await (await lab.user('amy@example.com')).get(path, { count: 10 })).status, 403, 'it is for admins of the system')
})
