/** The parts that a daemon is made of: started in order, stopped in reverse, and nothing left of a start that failed. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDaemon } from '../../daemon/daemon.ts'
import { Parts, type Part } from '../../daemon/parts.ts'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { labSettings } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'

const run = promisify(execFile)

test('whichever start fails, before or after it has acted, its error comes out and the process can end', async (t) => {
  const folder = await makeFolder(t)
  // Ends by itself, or is killed: then this fails.
  const { stdout } = await run(process.execPath, [fileURLToPath(new URL('../support/failing-starts.js', import.meta.url)), folder], {
    timeout: 240_000,
  })
  const results = JSON.parse(stdout) as { part: number; when: string; error: string; handles: string[] }[]
  assert.ok(results.length >= 2 * 17, `only ${results.length} starts failed`)
  for (const { part, when, error, handles } of results)
    assert.deepEqual({ error, handles }, { error: 'this start was made to fail', handles: [] }, `part ${part}, ${when} it acted`)
})

test('parts stop in reverse, those too whose start failed, and one that fails to stop keeps none of the others', async () => {
  const calls: string[] = []
  const makePart = (name: string, failing?: 'start' | 'stop'): Part => ({
    start: async () => {
      calls.push(`start ${name}`)
      if (failing === 'start') throw new Error(`${name} does not start`)
    },
    stop: async () => {
      calls.push(`stop ${name}`)
      if (failing === 'stop') throw new Error(`${name} does not stop`)
    },
  })
  const parts = new Parts(silentLog)
  await parts.start(makePart('one'))
  await parts.start(makePart('two', 'stop'))
  await assert.rejects(parts.start(makePart('three', 'start')), /^Error: three does not start$/)
  assert.deepEqual(calls, ['start one', 'start two', 'start three', 'stop three', 'stop two', 'stop one'])
  await parts.start(makePart('four', 'stop'))
  await assert.rejects(parts.stop(), /^Error: four does not stop$/)
  await parts.stop()
})

test('a part can be added to a daemon: it starts when the data is there, and stops before that is closed', async (t) => {
  const calls: unknown[] = []
  const daemon = createDaemon(labSettings(await makeFolder(t)), {
    clock: systemClock,
    log: silentLog,
    extend: (ctx) => [
      {
        start: async () => void calls.push(ctx.tree.descend(['system'])?.name),
        stop: async () =>
          void calls.push((await ctx.db.selectFrom('resources').select('name').where('parent_id', 'is', null).execute())[0]?.name),
      },
    ],
  })
  await daemon.start()
  await daemon.stop()
  assert.deepEqual(calls, ['system', 'system'])
})

test('a daemon whose parts can not be made gives back what it had opened, so that the next one starts', async (t) => {
  const settings = labSettings(await makeFolder(t))
  const options = { clock: systemClock, log: silentLog }
  const failing = createDaemon(settings, {
    ...options,
    extend: () => {
      throw new Error('this extension can not be made')
    },
  })
  await assert.rejects(failing.start(), /^Error: this extension can not be made$/)
  const next = createDaemon(settings, options)
  await next.start()
  await next.stop()
})
