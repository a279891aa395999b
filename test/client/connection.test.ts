import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { findConnection, serverUrl } from '../../src/client/connection.ts'
import { profilesFile, readProfiles, saveProfile } from '../../src/client/profiles.ts'
import { Fault } from '../../src/base/fault.ts'

async function emptyFolder(t: TestContext): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-connection-'))
  t.after(async () => rm(folder, { recursive: true }))
  return { folder, env: { XDG_CONFIG_HOME: join(folder, 'profile') } }
}

test('a server is reached by https, but on this machine by http, unless it says otherwise', () => {
  const cases: [server: string, secure: boolean | undefined, url: string][] = [
    ['lab.example.com', undefined, 'https://lab.example.com'],
    ['lab.example.com:5000', undefined, 'https://lab.example.com:5000'],
    ['lab.example.com:5000', false, 'http://lab.example.com:5000'],
    ['localhost:5000', undefined, 'http://localhost:5000'],
    ['127.0.0.1:5000', undefined, 'http://127.0.0.1:5000'],
    ['[::1]:5000', undefined, 'http://[::1]:5000'],
    ['localhost', true, 'https://localhost'],
    ['http://192.168.1.20:5000/', undefined, 'http://192.168.1.20:5000'],
    ['https://example.com/lab', undefined, 'https://example.com/lab'],
  ]
  for (const [server, secure, url] of cases) assert.equal(serverUrl(server, secure), url)
  for (const nonsense of ['', 'a b', 'http://', 'user:secret@host', 'host?x'])
    assert.throws(() => serverUrl(nonsense), { code: 'invalid' }, nonsense)
})

test('the server is looked for in the flags, the environment, the folder, and the profile, in this order', async (t) => {
  const { folder, env } = await emptyFolder(t)
  await assert.rejects(findConnection({ folder, env }), (error) => error instanceof Fault && error.code === 'invalid')

  await saveProfile('lab', { server: 'https://profile.example.com', key: 'PROFILE' }, env)
  assert.deepEqual(await findConnection({ folder, env }), { url: 'https://profile.example.com', key: 'PROFILE', origin: 'profile lab' })

  await writeFile(join(folder, 'config.yaml'), 'server_name: folder.example.com:8080\nsecret_key: OLD\nsecure_server: false\n')
  await writeFile(join(folder, 'local.yaml'), 'secret_key: FOLDER\n')
  const fromFolder = await findConnection({ folder, env })
  assert.deepEqual([fromFolder.url, fromFolder.key], ['http://folder.example.com:8080', 'FOLDER'], 'local.yaml overrides config.yaml')

  const environment = { ...env, RHIZO_SERVER_NAME: '"env.example.com:443"', RHIZO_SECRET_KEY: "'ENV'" }
  const fromEnvironment = await findConnection({ folder, env: environment })
  assert.deepEqual([fromEnvironment.url, fromEnvironment.key], ['https://env.example.com', 'ENV'], 'quotes of YAML are taken off')

  const fromFlags = await findConnection({ server: 'localhost:1', key: 'FLAG', folder, env: environment })
  assert.deepEqual([fromFlags.url, fromFlags.key], ['http://localhost:1', 'FLAG'])

  assert.equal(
    (await findConnection({ profile: 'lab', folder, env: environment })).key,
    'PROFILE',
    'a profile that is asked for stands before the environment',
  )
  await assert.rejects(findConnection({ profile: 'nowhere', folder, env }), /There is no profile "nowhere". There are: lab/)
})

test("a server's own settings file in the folder is passed over, and so is a file that is no YAML", async (t) => {
  const { folder, env } = await emptyFolder(t)
  await saveProfile('lab', { server: 'http://localhost:5000', key: 'K' }, env)
  await writeFile(join(folder, 'config.yaml'), 'PORT: 5001\nSECRET_KEY: abc\nsecret_key: x\n')
  await writeFile(join(folder, 'local.yaml'), 'server_name: [\n')
  assert.equal((await findConnection({ folder, env })).origin, 'profile lab')
})

test('a key is never sent to a server that it was not meant for', async (t) => {
  const { folder, env } = await emptyFolder(t)
  await saveProfile('lab', { server: 'https://lab.example.com', key: 'SECRET' }, env)
  assert.equal((await findConnection({ server: 'elsewhere.example.com', folder, env })).key, undefined)
  assert.equal((await findConnection({ server: 'lab.example.com', folder, env })).key, 'SECRET', 'the same server named by a flag')
  assert.equal(
    (await findConnection({ server: 'elsewhere.example.com', folder, env: { ...env, RHIZO_SECRET_KEY: 'ENV' } })).key,
    'ENV',
    'a key alone in the environment is for whatever server is named',
  )
  assert.equal((await findConnection({ key: 'FLAG', folder, env })).key, 'FLAG', 'a flag replaces the key of the profile')
})

test('profiles are readable by their owner alone, and survive one another', async (t) => {
  const { env } = await emptyFolder(t)
  await saveProfile('one', { server: 'http://localhost:1', key: 'A', identity: 'ann@example.com', own_key: true }, env)
  await saveProfile('two', { server: 'http://localhost:2', key: 'B' }, env)
  assert.equal((await stat(profilesFile(env))).mode & 0o777, 0o600)
  const content = await readProfiles(env)
  assert.equal(content.current, 'two')
  assert.deepEqual(content.profiles.one, { server: 'http://localhost:1', key: 'A', identity: 'ann@example.com', own_key: true })
  await assert.rejects(saveProfile('../evil', { server: 'x' }, env), { code: 'invalid' })
  await writeFile(profilesFile(env), 'profiles: {one: 7}')
  await assert.rejects(readProfiles(env), /profile "one" names no server/)
  assert.match(await readFile(profilesFile(env), 'utf8'), /one: 7/, 'a damaged file is left as it is')
})
