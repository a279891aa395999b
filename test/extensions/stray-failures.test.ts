/** What an extension leaves behind fails alone: the server, a process of its own here, goes on. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import test, { type TestContext } from 'node:test'
import { emptyLab, type CommandLineLab } from '../support/command-line.ts'
import { extensionFolder, sourceOf, type ExtensionFolder } from '../support/extension-lab.ts'
import { waitFor } from '../support/waiting.ts'

/** What goes wrong, and what is said about it. */
const WAYS: Readonly<Record<string, readonly [code: string, problem: RegExp]>> = {
  timer: ["setTimeout(() => { throw new Error('late') }, 1)", /code that it left behind.*Error: late \(.*rhizo-extension\.js/],
  number: ['setTimeout(() => { throw 7 }, 1)', /code that it left behind.*it threw 7/],
  rejection: ["void Promise.reject(new Error('unheard'))", /a promise for which nobody waited.*Error: unheard/],
  laterRejection: ["setImmediate(async () => { await host.store.get('a'); throw new Error('unheard') })", /nobody waited.*Error: unheard/],
  undefinedRejection: ['void Promise.reject()', /a promise for which nobody waited/],
  socket: ["(await import('node:net')).connect(1, '127.0.0.1')", /code that it left behind.*ECONNREFUSED/],
  exit: ['setTimeout(() => process.exit(3), 1)', /code that it left behind.*process\.exit was called/],
  exitNow: ['process.exit(3)', /the API route GET \/.*process\.exit was called/],
}

async function serve(t: TestContext, extensions: ExtensionFolder): Promise<CommandLineLab> {
  const lab = await emptyLab(t)
  Object.assign(lab.env, { RHIZO_SERVER_EXTENSIONS_FOLDER: extensions.folder, RHIZO_SERVER_AUTOLOAD_EXTENSIONS: 'true' })
  await extensions.write('well/rhizo-extension.js', sourceOf('well', "host.api('GET', '/', () => ({ well: true }), { open: true })"))
  await lab.run('init-db')
  await lab.startServer()
  return lab
}

test('a timer that throws, a rejection that nobody hears, an error of a socket, and process.exit end no server', async (t) => {
  const extensions = await extensionFolder(t)
  for (const [name, [code]] of Object.entries(WAYS)) {
    const setup = `host.api('GET', '/', async () => { ${code}; return {} }, { open: true })`
    await extensions.write(`${name.toLowerCase()}/rhizo-extension.js`, sourceOf(name.toLowerCase(), setup))
  }
  const top = "setTimeout(() => { throw new Error('from the top') }, 1)"
  await extensions.write('top/rhizo-extension.js', `${top}\n${sourceOf('top')}`)
  await extensions.write('broken/rhizo-extension.js', `${top}\nexport default 5\n`)
  const lab = await serve(t, extensions)
  const get = (name: string): Promise<Response> => fetch(`http://127.0.0.1:${lab.port}/api/v1/ext/${name.toLowerCase()}`)
  for (const name of Object.keys(WAYS)) {
    await waitFor(`${name} is switched off`, async () => {
      const { status } = await get(name)
      return status === 503
    })
    assert.deepEqual(await (await get('well')).json(), { well: true }, name)
  }
  const ended = lab.serverEnd()
  assert.equal(await lab.stopServer(), 0)
  const { stdout, stderr } = await ended
  for (const [name, [, problem]] of Object.entries(WAYS)) assert.match(stdout + stderr, problem, name)
})

test('an extension whose file leaves a timer running keeps no command and no server from its end', async (t) => {
  const extensions = await extensionFolder(t)
  const greet = "commands: { greet: { summary: 'Greets.', run: ({ print }) => print('hello') } },"
  await extensions.write('ticker/rhizo-extension.js', `setInterval(() => {}, 1_000)\n${sourceOf('ticker', '', greet)}`)
  const lab = await serve(t, extensions)
  assert.match(await lab.run('extension', 'ls'), /ticker +1\.0\.0 +greet/)
  Object.assign(lab.env, { RHIZO_SECRET_KEY: 'k', RHIZO_SERVER_NAME: `http://127.0.0.1:${lab.port}` })
  assert.equal(await lab.run('extension', 'run', 'ticker', 'greet'), 'hello\n')
  assert.match((await lab.rhizo('doctor')).stdout, /settings/)
  assert.equal(await lab.stopServer(), 0)
})

test('a fault that is none of an extension ends the process as before', async () => {
  const guard = new URL('../../src/extensions/stray-failures.js', import.meta.url).href
  for (const fault of [
    "setTimeout(() => { throw new Error('our own') }, 1)",
    "void Promise.reject(new Error('our own'))",
    'process.exit(9)',
  ]) {
    const source = `const { guardProcess } = await import('${guard}'); guardProcess(); ${fault}; setTimeout(() => {}, 60_000)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['ignore', 'ignore', 'pipe'] })
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number]>])
    if (fault === 'process.exit(9)') assert.equal(code, 9)
    else assert.ok(code > 0 && stderr.includes('Error: our own'), stderr)
  }
})
