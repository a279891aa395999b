/** What can be wrong with an extension when a server starts: each is told, and stops nothing else. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { examine } from '../../src/doctor/doctor.ts'
import { systemClock } from '../../src/base/clock.ts'
import { extensionFolder, sourceOf } from '../support/extension-lab.ts'
import { startLab } from '../support/lab.ts'
import { writeSettingsFile } from '../support/settings-file.ts'

const define = (name: string, requires: string, version = '1.0.0'): string =>
  `export const name = '${name}', version = '${version}', requires = ${requires}\nexport const setup = () => {}\n`

test('each broken extension is told with its reason, by the log, the system page and doctor; the others run', async (t) => {
  const extensions = await extensionFolder(t, 'hello')
  const files: Record<string, string> = {
    'syntax/rhizo-extension.js': 'export default { name: ',
    'throws/rhizo-extension.js': "throw new TypeError('no such sensor')",
    'hangs/rhizo-extension.js': 'await new Promise((resolve) => setInterval(() => resolve, 1e9).unref())',
    'loops/rhizo-extension.js': 'for (;;);',
    'loops-in-part/rhizo-extension.js': "import './part.js'",
    'loops-in-part/part.js': 'await null; for (;;);',
    'eats/rhizo-extension.js': 'const all = []; for (;;) all.push(new Array(1e5).fill(0).map(() => ({})))',
    'nothing/rhizo-extension.js': 'export const name = 1',
    'misnamed/rhizo-extension.js': define('other', '{ host: 1 }'),
    'unversioned/rhizo-extension.js': define('unversioned', '{ host: 1 }', '1'),
    'hostless/rhizo-extension.js': define('hostless', '{}'),
    'future/rhizo-extension.js': define('future', '{ host: 2 }'),
    'missing/rhizo-extension.js': define('missing', "{ host: 1, nowhere: '1' }"),
    'newer/rhizo-extension.js': define('newer', "{ host: 1, hello: '1.1' }"),
    'circle-a/rhizo-extension.js': define('circle-a', "{ host: 1, 'circle-b': '1' }"),
    'circle-b/rhizo-extension.js': define('circle-b', "{ host: 1, 'circle-a': '1' }"),
    'imports/rhizo-extension.js': "import 'there-is-no-such-package'",
    'yaml/rhizo-extension.js': sourceOf('yaml'),
    'yaml/autoload-config.yaml': 'a: [',
    'unknown/rhizo-extension.js': sourceOf('unknown'),
    'unknown/autoload-config.yaml': 'COLOUR: blue',
    'mistyped/rhizo-extension.js': sourceOf('mistyped', '', "settings: { SIZE: { default: 1, meaning: 'how large' } },"),
    'mistyped/autoload-config.yaml': 'SIZE: large',
    'setup-throws/rhizo-extension.js': sourceOf('setup-throws', "host.page('/', () => {}); throw new Error('no probe on the bus')"),
    'empty/readme.txt': '',
    'stranger/rhizo-extension.js': sourceOf('stranger'),
    'stranger/autoload-config.yaml': 'ACTS_AS: nobody@example.com',
  }
  for (const [path, text] of Object.entries(files)) await extensions.write(path, text)
  const more = { EXTENSION_TIME_LIMIT: 500, EXTENSIONS: ['../hello', 'absent'], EXTENSION_SETTINGS: { ghost: {} } }
  const lab = await startLab(t, extensions.options(more))
  const reasons = new Map(lab.ctx.extensions.list({ kind: 'user', userId: lab.adminId, isSystemAdmin: true }).map((one) => [one.name, one]))
  const expected: Record<string, RegExp> = {
    syntax: /syntax\/rhizo-extension\.js is no JavaScript: /,
    throws: /TypeError: no such sensor \(.*throws\/rhizo-extension\.js:1/,
    hangs: /loading its file took longer than 0\.5 seconds/,
    loops: /loading its file took longer than 0\.5 seconds/,
    'loops-in-part': /loading its file took longer than 0\.5 seconds/,
    eats: /loading its file took longer than 0\.5 seconds|loading its file takes more than 512 MB/,
    nothing: /exports no setup/,
    misnamed: /its name is "other", and must be that of its folder, "misnamed"/,
    unversioned: /its version is "1", and must be three numbers/,
    hostless: /requires\.host is missing/,
    future: /written for version 2 of the interface, and this server has 1: take a newer server/,
    missing: /requires nowhere, which is not there/,
    newer: /requires hello 1\.1 or later/,
    'circle-a': /in a circle/,
    'circle-b': /in a circle/,
    imports: /there-is-no-such-package/,
    yaml: /autoload-config\.yaml is not YAML/,
    unknown: /has no setting "COLOUR"; there are ACTS_AS/,
    mistyped: /its setting SIZE must be a number, and is a text/,
    'setup-throws': /setup: Error: no probe on the bus/,
    empty: /there is no rhizo-extension\.js in/,
    stranger: /no user "nobody@example\.com"/,
    absent: /there is no rhizo-extension\.js in/,
    '../hello': /is no name of an extension/,
    ghost: /EXTENSION_SETTINGS has settings for it/,
  }
  for (const [name, reason] of Object.entries(expected)) {
    assert.equal(reasons.get(name)?.state, 'failed', name)
    assert.match(reasons.get(name)?.reason ?? '', reason, name)
    assert.ok(
      extensions.log.lines.some((line) => line['extension'] === name && reason.test(String(line['problem']))),
      `the log tells of ${name}`,
    )
  }
  assert.equal(reasons.get('hello')?.state, 'running')
  assert.equal(reasons.size, Object.keys(expected).length + 1)
  assert.deepEqual((await lab.get('/ext/hello')).json, { text: 'Hello, world!' })
  const off = await lab.get('/ext/setup-throws')
  assert.deepEqual([off.status, /switched off/.test(off.text)], [503, true])
  assert.equal((await lab.get('/ext/never')).status, 404)

  // Doctor sets nothing up, so it knows what is wrong before that.
  const file = writeSettingsFile(lab, extensions.options(more).settings)
  const report = await examine({ file, environment: {}, clock: systemClock, urlOf: () => lab.url, isQuick: true })
  const found = new Map(report.findings.filter(({ check }) => check === 'extensions').map(({ subject, problem }) => [subject, problem]))
  for (const [name, reason] of Object.entries(expected))
    if (name !== 'setup-throws' && name !== 'stranger') assert.match(found.get(name) ?? '', reason, `doctor tells of ${name}`)
  assert.equal(found.has('hello'), false)
})

test('TypeScript is built at the start', async (t) => {
  const extensions = await extensionFolder(t)
  await extensions.write('typed/words.ts', 'export const word: string = "typed"\n')
  await extensions.write(
    'typed/rhizo-extension.ts',
    "import { join } from 'node:path'\nimport { word } from './words.ts'\n" +
      "export default { name: 'typed', version: '1.0.0', requires: { host: 1 }, setup(host: { api: Function }): void { " +
      "host.api('GET', '/', () => ({ word, path: join('a', 'b') })) } }\n",
  )
  await extensions.write('mistake/rhizo-extension.ts', 'export default { name: \n')
  const lab = await startLab(t, extensions.options())
  assert.deepEqual((await lab.get('/ext/typed')).json, { word: 'typed', path: 'a/b' })
  assert.ok(extensions.log.lines.some(({ extension, problem }) => extension === 'mistake' && /can't be built/.test(String(problem))))
})

test('only those that EXTENSIONS names are loaded without AUTOLOAD_EXTENSIONS, after those that they require', async (t) => {
  const extensions = await extensionFolder(t)
  const order = 'globalThis.setUpOrder = [...(globalThis.setUpOrder ?? []), host.name]'
  await extensions.write('first/rhizo-extension.js', sourceOf('first', order).replace('{ host: 1 }', "{ host: 1, second: '1' }"))
  await extensions.write('second/rhizo-extension.js', sourceOf('second', order))
  await extensions.write('third/rhizo-extension.js', sourceOf('third', order))
  await startLab(t, extensions.options({ AUTOLOAD_EXTENSIONS: false, EXTENSIONS: ['first', 'second'] }))
  assert.deepEqual((globalThis as { setUpOrder?: string[] }).setUpOrder, ['second', 'first'])
})
