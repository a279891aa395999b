/** What extensions hear and do, and how far their own actor reaches. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { readValues } from '../../src/sequences/sequences.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { extensionFolder, sourceOf } from '../support/extension-lab.ts'
import { startLab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'
import { connect } from '../support/peer.ts'
import { writeSettingsFile } from '../support/settings-file.ts'
import { waitFor } from '../support/waiting.ts'

const HEARER =
  "const heard = []; const of = (kind) => (news) => { heard.push({ kind, ...news }) }; host.onValues(of('values')); " +
  "host.onMessages(of('messages')); host.onResources(of('resources')); host.api('GET', '/', () => heard)"

interface Heard {
  kind: string
  what?: string
  path?: string
  type?: string
  folder?: string
  values?: { path: string; time: number; value: unknown }[]
}

test('it hears of values, messages and resources that its own actor may read, and of no others', async (t) => {
  const extensions = await extensionFolder(t)
  await extensions.write('hearer/rhizo-extension.js', sourceOf('hearer', HEARER))
  await extensions.write('deaf/rhizo-extension.js', sourceOf('deaf', HEARER))
  const before = await startLab(t, { folder: extensions.folder })
  const robot = await before.user('robot@example.com')
  await before.stop()
  const settings = { EXTENSION_SETTINGS: { hearer: { ACTS_AS: 'robot@example.com' } } }
  const lab = await startLab(t, { ...extensions.options(settings), folder: extensions.folder })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/t')
  await lab.sequence('/other/t')
  const heardBy = async (name: string): Promise<Heard[]> => (await lab.get(`/ext/${name}`)).json as Heard[]

  await lab.put('/resources/other/t', { data: Buffer.from('1').toString('base64') })
  await lab.put('/resources/lab/fridge/t', { data: Buffer.from('2.5').toString('base64') })
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('pump_is_on', { since: 1 })
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'new', type: 10 })).status, 200)
  assert.equal((await lab.put('/resources/lab/new', { name: 'newer' })).status, 200)
  assert.equal((await lab.delete('/resources/lab/newer')).status, 200)
  await waitFor('it is told of what was removed', async () => (await heardBy('hearer')).some(({ what }) => what === 'removed'))
  const heard = await heardBy('hearer')
  assert.deepEqual(
    heard.filter(({ kind }) => kind === 'values').flatMap(({ values = [] }) => values.map(({ path, value }) => [path, value])),
    [['/lab/fridge/t', 2.5]],
  )
  assert.deepEqual(
    heard.filter(({ kind }) => kind === 'messages').map(({ folder, type }) => [folder, type]),
    [['/lab/fridge', 'pump_is_on']],
  )
  assert.deepEqual(
    heard.filter(({ path }) => path?.startsWith('/lab/new')).map(({ what, path }) => [what, path]),
    [
      ['added', '/lab/new'],
      ['moved', '/lab/newer'],
      ['removed', '/lab/newer'],
    ],
  )
  assert.deepEqual(await heardBy('deaf'), [], 'without ACTS_AS it hears of nothing that is not open to everybody')

  // Who loses access takes the extension along.
  assert.equal((await lab.delete(`/organizations/${lab.organization.id}/users/${robot.id}`)).status, 200)
  const count = (await heardBy('hearer')).length
  await lab.put('/resources/lab/fridge/t', { data: Buffer.from('3').toString('base64') })
  await peer.tell('pump_is_off', {})
  assert.equal((await heardBy('hearer')).length, count)
})

test('a format of an extension reads a payload before the known ones do', async (t) => {
  const extensions = await extensionFolder(t)
  const read =
    "(topic, { text }) => text?.startsWith('PROBE;') ? " +
    "[{ names: ['probe', 'ph'], value: Number(text.split(';')[1]), units: 'pH' }] : undefined"
  await extensions.write('probe/rhizo-extension.js', sourceOf('probe', `host.devices({ name: 'probe', read: ${read} })`))
  const lab = await startLab(t, extensions.options())
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/probe/ph')
  const send = (body: string): Promise<Response> =>
    fetch(`${lab.url}/api/v1/ingest/lab/fridge`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fridge.key}`, 'content-type': 'text/plain' },
      body,
    })
  assert.equal((await send('PROBE;7.04')).status, 200)
  const { ctx, adminId } = lab
  const actor = { kind: 'user', userId: adminId, isSystemAdmin: true } as const
  const { values } = await readValues(ctx, actor, ctx.tree.find('/lab/fridge/probe/ph') as Resource, { limit: 10, order: 'ascending' })
  assert.deepEqual(values, [7.04])
})

test('what it keeps is its own, bounded, and there after a restart', async (t) => {
  const extensions = await extensionFolder(t)
  const setup =
    "host.api('PUT', '/', async ({ parameters: { key, value } }) => { await host.store.set(key, value) }); " +
    "host.api('DELETE', '/', ({ parameters: { key } }) => host.store.delete(key)); " +
    "host.api('GET', '/', async ({ parameters: { key } }) => ({ value: await host.store.get(key), keys: await host.store.keys('a') }))"
  for (const name of ['one', 'two']) await extensions.write(`${name}/rhizo-extension.js`, sourceOf(name, setup))
  const options = { ...extensions.options(), folder: extensions.folder }
  const first = await startLab(t, options)
  for (const key of ['a1', 'b', 'a2']) assert.equal((await first.put('/ext/one', { key, value: { of: key } })).status, 200)
  assert.equal((await first.put('/ext/one', { key: 'a1', value: 'again' })).status, 200)
  assert.equal((await first.delete('/ext/one', { key: 'b' })).status, 200)
  for (const [key, value] of [
    ['', 1],
    ['x'.repeat(201), 1],
    ['a', 'x'.repeat(100_001)],
  ])
    assert.equal((await first.put('/ext/one', { key, value })).status, 400)
  await first.stop()
  const lab = await startLab(t, options)
  assert.deepEqual((await lab.get('/ext/one', { key: 'a1' })).json, { value: 'again', keys: ['a1', 'a2'] })
  assert.deepEqual((await lab.get('/ext/one', { key: 'b' })).json, { keys: ['a1', 'a2'] })
  assert.deepEqual((await lab.get('/ext/two', { key: 'a1' })).json, { keys: [] })
})

test('rhizo extension lists what the settings name, and runs the commands that extensions bring', async (t) => {
  const extensions = await extensionFolder(t, 'hello')
  await extensions.write('broken/rhizo-extension.js', 'export default 1')
  const lab = await startLab(t, extensions.options())
  writeSettingsFile(lab, extensions.options().settings, join(lab.folder, 'settings', 'config.yaml'))
  const list = await rhizo(lab, ['extension', 'ls'])
  assert.deepEqual([list.code, list.stderr], [1, ''])
  assert.match(list.stdout, /^hello +1\.0\.0 +greet\nbroken .*it exports no setup/)
  const greeted = await rhizo(lab, ['extension', 'run', 'hello', 'greet', 'Ann'])
  assert.deepEqual([greeted.stdout, greeted.stderr, greeted.code], ['Hello, Ann!\n', '', 0])
  const json = await rhizo(lab, ['extension', 'run', 'hello', 'greet', '--json'])
  assert.deepEqual(JSON.parse(json.stdout), { text: 'Hello, world!' })
  const unknown = await rhizo(lab, ['extension', 'run', 'hello', 'shout'])
  assert.deepEqual([unknown.code, /hello has no command shout; it has greet/.test(unknown.stderr)], [2, true])
  const missing = await rhizo(lab, ['extension', 'run', 'broken', 'x'])
  assert.deepEqual([missing.code, /exports no setup/.test(missing.stderr)], [4, true])
})

test('a notification to ext:NAME:ADDRESS leaves by the extension; a refusal is final, and one that is not loaded is told', async (t) => {
  const extensions = await extensionFolder(t)
  const setup =
    "const sent = []; host.sender(({ address, subject, body }) => { if (address === 'nobody') " +
    "throw host.refusal('invalid', 'There is no pager nobody.'); sent.push({ address, body: subject + body }) }); " +
    "host.api('GET', '/', () => sent)"
  await extensions.write('pager/rhizo-extension.js', sourceOf('pager', setup))
  const more = { PRODUCTION: true, AUTOLOAD_EXTENSIONS: false, EXTENSIONS: ['pager'] }
  const lab = await startLab(t, extensions.options(more))
  const send = async (recipient: string): Promise<{ state: string; text: string }> => {
    const { id } = (await lab.post('/notifications', { recipient })).json as { id: number }
    return waitFor('it comes to an end', async () => {
      const { json, text } = await lab.get(`/notifications/${id}`)
      const { state } = json as { state: string }
      return ['queued', 'sending'].includes(state) ? undefined : { state, text }
    })
  }
  assert.equal((await send('ext:pager:room:5')).state, 'sent')
  const [sent] = (await lab.get('/ext/pager')).json as { address: string; body: string }[]
  assert.equal(sent?.address, 'room:5')
  assert.notEqual(sent?.body, '')
  const refused = await send('ext:pager:nobody')
  assert.deepEqual([refused.state, /There is no pager nobody/.test(refused.text)], ['failed', true])
  await lab.sequence('/lab/t')
  const alert = { kind: 'above', value: 5, recipients: ['ext:absent:room'] }
  const made = await lab.put('/resources/lab/t', { system_attributes: { alerts: [alert] } })
  assert.match(made.text, /EXTENSIONS names no absent/)
})
