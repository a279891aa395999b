/** What an extension keeps is brought up to date by its later versions, once, and whole or not at all. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { extensionFolder, sourceOf } from '../support/extension-lab.ts'
import { startLab } from '../support/lab.ts'

const ROUTES =
  "host.api('PUT', '/', async ({ parameters: { key, value } }) => { await host.store.set(key, value) }); " +
  "host.api('GET', '/', async () => { const all = {}; for (const key of await host.store.keys()) all[key] = await host.store.get(key); " +
  'return all })'

/** Versions of an extension by their steps. */
const NAMES = '(entries) => { for (const [key, name] of entries) entries.set(key, { name }) }'
const RENAMED =
  "async (entries) => { for (const key of [...entries.keys()]) { entries.set('probe ' + key, entries.get(key)); entries.delete(key) } }"
const BROKEN = "(entries) => { entries.clear(); throw new Error('the paper jammed') }"

test('steps run once each, in their order; one that throws changes nothing; an older version is not set up', async (t) => {
  const extensions = await extensionFolder(t)
  const start = async (...steps: readonly string[]) => {
    const migrate = steps.length === 0 ? '' : `await host.store.migrate([${steps.join(', ')}]); `
    await extensions.write('probes/rhizo-extension.js', sourceOf('probes', migrate + ROUTES))
    const lab = await startLab(t, { ...extensions.options(), folder: extensions.folder })
    const kept = await lab.get('/ext/probes')
    const [report] = lab.ctx.extensions.list({ kind: 'user', userId: lab.adminId, isSystemAdmin: true })
    return { lab, kept: kept.status === 200 ? kept.json : kept.status, reason: report?.reason ?? '' }
  }
  const first = await start()
  for (const key of ['a', 'b']) await first.lab.put('/ext/probes', { key, value: `name of ${key}` })
  await first.lab.stop()

  const second = await start(NAMES)
  assert.deepEqual(second.kept, { a: { name: 'name of a' }, b: { name: 'name of b' } })
  await second.lab.stop()

  const broken = await start(NAMES, BROKEN)
  assert.equal(broken.kept, 503)
  assert.match(broken.reason, /the paper jammed/)
  await broken.lab.stop()

  const third = await start(NAMES, RENAMED)
  assert.deepEqual(third.kept, { 'probe a': { name: 'name of a' }, 'probe b': { name: 'name of b' } }, 'the first did not run again')
  await third.lab.stop()
  const again = await start(NAMES, RENAMED)
  assert.deepEqual(again.kept, third.kept)
  await again.lab.stop()

  const older = await start(NAMES)
  assert.equal(older.kept, 503)
  assert.match(older.reason, /A newer version of probes was here: it brought its store to step 2, and this one knows 1/)
})
