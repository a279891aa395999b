/** An extension that throws, or never ends, in any of its hooks harms only itself. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { MOST_FAILURES } from '../../src/extensions/failures.ts'
import type { ExtensionReport } from '../../src/extensions/extensions.ts'
import { Browser } from '../support/browser.ts'
import { extensionFolder, sourceOf, type ExtensionFolder } from '../support/extension-lab.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

interface Hook {
  /** The body of setup, with `bad()` as what goes wrong. */
  readonly setup: string
  /** Leads to one call of the hook. */
  readonly trigger: (lab: FailingLab, count: number) => Promise<unknown>
}

interface FailingLab {
  readonly lab: Lab
  readonly visit: (path: string) => Promise<Response>
  readonly tell: (type: string) => Promise<unknown>
}

const HOOKS: Readonly<Record<string, Hook>> = {
  page: { setup: "host.page('/', bad)", trigger: async ({ visit }) => assert.equal((await visit('/-/ext/page')).status, 500) },
  api: { setup: "host.api('GET', '/', bad)", trigger: async ({ lab }) => assert.equal((await lab.get('/ext/api')).status, 500) },
  viewer: {
    setup: "host.viewer({ shows: { kind: 'folder', marker: 'value' }, show: bad })",
    trigger: async ({ visit }) => {
      const page = await visit('/lab/fridge')
      assert.deepEqual([page.status, /value/.test(await page.text())], [200, true], 'the folder’s own page is shown')
    },
  },
  message: { setup: "host.message('bad_message', bad)", trigger: ({ tell }) => tell('bad_message') },
  values: {
    setup: 'host.onValues(bad)',
    trigger: ({ lab }, count) => lab.put('/resources/lab/fridge/value', { data: toBase64(String(count)) }),
  },
  messages: { setup: 'host.onMessages(bad)', trigger: ({ tell }) => tell('anything') },
  resources: {
    setup: 'host.onResources(bad)',
    trigger: ({ lab }, count) => lab.post('/resources', { path: '/lab/fridge', name: `new ${count}`, type: 10 }),
  },
  work: {
    setup: "const work = host.work({ name: 'bad', everySeconds: 86400, run: bad }); host.api('POST', '/', () => { work.wake() })",
    trigger: ({ lab }) => lab.post('/ext/work'),
  },
  sender: {
    setup: 'host.sender(bad)',
    trigger: async ({ lab }, count) =>
      assert.equal((await lab.post('/notifications', { recipient: `ext:sender:room-${count}` })).status, 200),
  },
  tile: {
    setup: "host.tile({ name: 'bad', label: 'Bad', show: bad })",
    trigger: async ({ lab, visit }) => {
      await lab.post('/resources/lab/wall.dashboard', { data: toBase64('tiles: [{ kind: "ext:tile:bad" }, { kind: text, text: hi }]') })
      const { answers } = (await (await visit('/lab/wall.dashboard?view=tiles')).json()) as { answers: { problem?: string }[] }
      assert.match(answers[0]?.problem ?? '', /The extension tile failed|does not run/)
      assert.equal(answers[1]?.problem, undefined)
    },
  },
  devices: {
    setup: "host.devices({ name: 'bad', read: bad })",
    trigger: async ({ lab }, count) => assert.equal((await lab.post('/ingest/lab/fridge', { value: count })).status, 200),
  },
}

const toBase64 = (text: string): string => Buffer.from(text).toString('base64')

const ADMIN = (lab: Lab) => ({ kind: 'user', userId: lab.adminId, isSystemAdmin: true }) as const

const reportOf = (lab: Lab, name: string): ExtensionReport => {
  const found = lab.ctx.extensions.list(ADMIN(lab)).find((one) => one.name === name)
  return found ?? assert.fail(`${name} is listed`)
}

/** Milliseconds for what never ends; what ends has more time than it takes on any machine. */
const SHORT = 300
const LONG = 5_000

async function startFailingLab(
  t: TestContext,
  extensions: ExtensionFolder,
  hooks: readonly string[],
  bad: string,
  limit = LONG,
): Promise<FailingLab> {
  for (const name of hooks) {
    const source = sourceOf(name, `const bad = ${bad}; ${HOOKS[name]?.setup ?? ''}`)
    await extensions.write(`${name}/rhizo-extension.js`, source)
    await extensions.write(`${name}/autoload-config.yaml`, 'ACTS_AS: admin@example.com')
  }
  // The user whom ACTS_AS names is there from the second start on.
  await (await startLab(t, { folder: extensions.folder })).stop()
  const lab = await startLab(t, { ...extensions.options({ EXTENSION_TIME_LIMIT: limit, PRODUCTION: true }), folder: extensions.folder })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/value')
  const browser = new Browser(lab)
  await browser.signIn('admin@example.com', 'correct-horse-9')
  const peer = await connect(t, lab, fridge.key)
  return {
    lab,
    visit: (path) => fetch(lab.url + path, { headers: { cookie: browser.cookie, accept: 'text/html' } }),
    tell: (type) => peer.ask(type),
  }
}

/** What goes wrong, the reason that is given in the end, and the time limit. */
const WAYS: readonly (readonly [how: string, bad: string, expected: RegExp, limit?: number])[] = [
  ['throws', "() => { throw new Error('the probe fell off') }", /5 times.*Error: the probe fell off \(/],
  ['throws what is no error', '() => { throw 10n }', /5 times.*it threw 10n\./],
  [
    'throws what can not be looked at',
    '() => { throw new Proxy({}, { getPrototypeOf() { throw 1 } }) }',
    /5 times.*it threw something that/,
  ],
  ['rejects', "async () => { await null; throw new Error('the probe fell off') }", /5 times.*Error: the probe fell off \(/],
  ['never ends', '() => new Promise(() => {})', /5 times.*took longer than 0\.3 seconds/, SHORT],
  ['loops for ever', '() => { for (;;); }', /did not give the event loop back within 0\.3 seconds.*was interrupted/, SHORT],
]

for (const [how, bad, expected, limit] of WAYS)
  test(`an extension that ${how} in a hook is switched off, and the server goes on`, async (t) => {
    const extensions = await extensionFolder(t, 'hello')
    const names = Object.keys(HOOKS).filter((name) => (how !== 'rejects' && how !== 'never ends') || name !== 'devices')
    const failing = await startFailingLab(t, extensions, names, bad, limit)
    const { lab, visit, tell } = failing
    await Promise.all(
      names.map(async (name) => {
        for (let count = 1; reportOf(lab, name).state === 'running'; count++) {
          const { failures } = reportOf(lab, name)
          await HOOKS[name]?.trigger(failing, count)
          await waitFor(`${name} fails again`, () => reportOf(lab, name).failures > failures)
        }
      }),
    )
    for (const name of names) {
      const { state, reason } = reportOf(lab, name)
      assert.equal(state, 'off')
      assert.match(reason ?? '', expected, name)
      assert.ok(extensions.log.lines.some((line) => line['extension'] === name && /was switched off/.test(String(line['message']))))
    }
    assert.equal((await visit('/-/ext/page')).status, 503)
    assert.equal((await lab.get('/ext/api')).status, 503)
    assert.equal(((await tell('bad_message')) as { type: string }).type, 'ack', 'it goes to subscribers, as if there were no extension')
    assert.equal((await visit('/-/ext/hello')).status, 200)
    assert.equal((await lab.put('/resources/lab/fridge/value', { data: toBase64('7') })).status, 200)
    const page = await visit('/-/system/extensions')
    assert.equal((await page.text()).match(/Switched off</g)?.length, names.length)
  })

test('a call that is interrupted while it waits is one failure, as on a machine that has no time for it', async (t) => {
  const extensions = await extensionFolder(t)
  const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000)'
  const bad = `({ parameters }) => { if (parameters.way === 'wait') ${wait}; return { well: true } }`
  const { lab } = await startFailingLab(t, extensions, ['api'], bad, SHORT)
  assert.equal((await lab.get('/ext/api', { way: 'wait' })).status, 500)
  const { state, failures, lastFailure } = reportOf(lab, 'api')
  assert.deepEqual([state, failures], ['running', 1])
  assert.match(
    lastFailure ?? '',
    /API route GET \/: it did not give the event loop back .* interrupted\. It had only \d+ ms of a processor/,
  )
  assert.deepEqual((await lab.get('/ext/api')).json, { well: true })
  for (let count = 2; count <= MOST_FAILURES; count++) assert.equal((await lab.get('/ext/api', { way: 'wait' })).status, 500)
  assert.match(reportOf(lab, 'api').reason ?? '', /5 times.*was interrupted/)
})

/** Answers that are none: those of another type, too large, and in circles. */
const NONSENSE = [
  '5',
  '10n',
  'Symbol()',
  'null',
  '[]',
  "'text'",
  '() => {}',
  '{ title: 5, content: 7 }',
  "{ title: 'a', content: { html: '<b>' } }",
  '[{ names: 5 }]',
  "[{ names: ['a'], value: {} }]",
  "'x'.repeat(30_000_000)",
  '(() => { const circle = {}; circle.circle = circle; return circle })()',
  "new Proxy({}, { get() { throw new Error('no') }, ownKeys() { throw new Error('no') } })",
]

test('an extension that answers nonsense in a hook harms only itself', async (t) => {
  const extensions = await extensionFolder(t, 'hello')
  const names = Object.keys(HOOKS)
  const made = NONSENSE.map((one) => `() => (${one})`).join(', ')
  const answers = `(() => { let at = 0; return () => [${made}][at++ % ${NONSENSE.length}]() })()`
  const failing = await startFailingLab(t, extensions, names, answers)
  const { lab, visit } = failing
  for (let count = 1; count <= NONSENSE.length; count++) {
    for (const name of names) if (name !== 'page' && name !== 'api') await HOOKS[name]?.trigger(failing, count)
    for (const address of ['/-/ext/page', '/api/v1/ext/api']) await (await visit(address)).arrayBuffer()
    assert.equal((await visit('/-/ext/hello')).status, 200)
    assert.equal((await lab.put('/resources/lab/fridge/value', { data: toBase64('7') })).status, 200)
  }
  for (const name of ['page', 'viewer', 'tile', 'devices']) assert.equal(reportOf(lab, name).state, 'off', name)
})

test('a system admin switches on again what was corrected', async (t) => {
  const extensions = await extensionFolder(t)
  const { lab } = await startFailingLab(t, extensions, ['api'], "() => { throw new Error('not yet') }")
  const browser = new Browser(lab)
  await browser.signIn('admin@example.com', 'correct-horse-9')
  const guest = await lab.user('guest@example.com')
  const press = (token = browser.csrfToken): Promise<Response> =>
    fetch(`${lab.url}/-/system/extensions`, {
      method: 'POST',
      headers: { cookie: browser.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf_token: token, name: 'api' }),
      redirect: 'manual',
    })
  const running = await press()
  assert.deepEqual([running.status, /is running/.test(await running.text())], [400, true])
  for (let count = 0; count < MOST_FAILURES; count++) await lab.get('/ext/api')
  assert.equal(reportOf(lab, 'api').state, 'off')
  await extensions.write('api/rhizo-extension.js', 'export default { name:')
  const broken = await press()
  assert.deepEqual([broken.status, /is no JavaScript/.test(await broken.text())], [400, true])
  await extensions.write('api/rhizo-extension.js', sourceOf('api', "host.api('GET', '/', () => ({ works: true }))"))
  assert.equal((await press('wrong')).status, 403)
  assert.equal((await press()).status, 303)
  assert.deepEqual((await lab.get('/ext/api')).json, { works: true })
  await assert.rejects(lab.ctx.extensions.switchOn(lab.ctx, { kind: 'user', userId: guest.id, isSystemAdmin: false }, 'api'), {
    code: 'forbidden',
  })
})

test('a setup that throws or never ends leaves nothing behind, and what it registers later is refused', async (t) => {
  const extensions = await extensionFolder(t, 'hello')
  const registered = "host.page('/', () => {}); host.message('late', () => {}); host.onValues(() => {});"
  await extensions.write('never/rhizo-extension.js', sourceOf('never', `${registered} await new Promise(() => {})`))
  await extensions.write('throws/rhizo-extension.js', sourceOf('throws', `${registered} throw new Error('no')`))
  await extensions.write('later/rhizo-extension.js', sourceOf('later', "host.api('GET', '/', () => { host.page('/', () => {}) })"))
  // A machine that is busy with other tests must be able to answer within it.
  const lab = await startLab(t, extensions.options({ EXTENSION_TIME_LIMIT: 3_000 }))
  assert.match(reportOf(lab, 'never').reason ?? '', /setup took longer than 3 seconds/)
  assert.equal(reportOf(lab, 'throws').state, 'failed')
  assert.equal(lab.ctx.messageTypes.find('late'), undefined)
  const late = await lab.get('/ext/later')
  assert.deepEqual([late.status, /registered in its setup/.test(late.text)], [400, true])
  assert.equal((await lab.get('/ext/hello')).status, 200)
})

test('who holds the event loop is told by name, and a second of it counts as a failure', async (t) => {
  const extensions = await extensionFolder(t)
  const hold = 'for (const end = performance.now() + Number(parameters.ms); performance.now() < end;);'
  const setup = `host.api('GET', '/', ({ parameters }) => { ${hold} return {} })`
  await extensions.write('holder/rhizo-extension.js', sourceOf('holder', setup))
  const lab = await startLab(t, extensions.options())
  assert.equal((await lab.get('/ext/holder', { ms: 80 })).status, 200)
  // On a busy machine others may have held it as long before.
  await waitFor('the log tells', () =>
    extensions.log.warnings.find(({ held_ms: held, route }) => Number(held) >= 80 && route === 'extension holder: the API route GET /'),
  )
  assert.equal(reportOf(lab, 'holder').failures, 0)
  assert.equal((await lab.get('/ext/holder', { ms: 1_050 })).status, 200)
  assert.equal(reportOf(lab, 'holder').failures, 1)
  assert.match(reportOf(lab, 'holder').lastFailure ?? '', /held the event loop for \d+ ms/)
})
