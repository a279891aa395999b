import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { initializeSettings, loadSettings, resolveSettings, sampleSettings } from '../../src/settings/settings.ts'
import { bucketOf, targetOf } from '../../src/storage/places/open-places.ts'

const secrets = { SALT: 'a-salt-for-tests-only', SECRET_KEY: 'a-secret-for-tests-only' }
const resolve = (content: Record<string, unknown>, environment: Record<string, string> = {}) =>
  resolveSettings({ ...secrets, ...content }, '/lab/config.yaml', environment)

test('the environment wins over the file, and the prefixed name over the plain one', () => {
  assert.equal(resolve({ PORT: 1 }).PORT, 1)
  assert.equal(resolve({ PORT: 1 }, { PORT: '2' }).PORT, 2)
  assert.equal(resolve({ PORT: 1 }, { PORT: '2', RHIZO_SERVER_PORT: '3' }).PORT, 3)
  assert.equal(resolve({ PORT: 1 }, { RHIZO_SERVER_PORT: '3', RHIZO_SERVER_DISABLE_ENVIRONMENT: 'true' }).PORT, 1)
  assert.equal(resolve({}).PORT, 5000)
})

test('the database and the storage lie beside the settings file, by their old name too', () => {
  assert.equal(resolve({}).databaseFile, '/lab/rhizo.db')
  assert.equal(resolve({ SQLALCHEMY_DATABASE_URI: 'sqlite:///data/old.db' }).databaseFile, '/lab/data/old.db')
  assert.equal(resolve({ DATABASE_URI: 'sqlite:////srv/lab.db' }).databaseFile, '/srv/lab.db')
  const onServer = resolve({ SQLALCHEMY_DATABASE_URI: 'postgresql+psycopg2://ann:pass%40word@db.example.com:5433/lab?sslmode=require' })
  assert.deepEqual([onServer.databaseFile, onServer.isOnServer], ['postgresql://ann@db.example.com:5433/lab', true])
  const socket = resolve({ DATABASE_URL: 'postgres:///lab?host=/run/postgresql' })
  assert.equal(socket.databaseFile, 'postgresql:///run/postgresql/lab')
  assert.equal(resolve({ FILE_SYSTEM_STORAGE_PATH: '/big' }).storageFolder, '/big')
})

test('trusted proxies are addresses and networks, as a list or as text with commas', () => {
  assert.deepEqual(resolve({}).trustedProxies, [])
  assert.deepEqual(resolve({ TRUSTED_PROXIES: ['127.0.0.1', '10.0.0.0/8'] }).TRUSTED_PROXIES, ['127.0.0.1', '10.0.0.0/8'])
  const { trustedProxies } = resolve({}, { TRUSTED_PROXIES: '127.0.0.1, 2001:db8::/32' })
  assert.deepEqual(
    trustedProxies.map(({ address, bits }) => `${address.toString()}/${bits}`),
    ['127.0.0.1/32', '2001:db8::/32'],
  )
})

const wrong: [content: Record<string, unknown>, environment: Record<string, string>, message: RegExp][] = [
  [{ PROT: 5001 }, {}, /Unknown setting PROT in \/lab\/config.yaml. Did you mean PORT\?/],
  [{}, { RHIZO_SERVER_PROT: '1' }, /Unknown setting PROT in the environment variable RHIZO_SERVER_PROT. Did you mean PORT\?/],
  [{ PORT: 'five' }, {}, /PORT in \/lab\/config.yaml is "five"; allowed: a whole number from 0 to 65535/],
  [{ PORT: 70000 }, {}, /PORT .* is "70000"; allowed/],
  [{ DURABILITY: 'maybe' }, {}, /DURABILITY .* is "maybe"; allowed: full or normal/],
  [{ PRODUCTION: 'perhaps' }, {}, /PRODUCTION .* allowed: true or false/],
  [{}, { RHIZO_SERVER_PORT: '[' }, /RHIZO_SERVER_PORT is not YAML/],
  [{ SALT: 'short' }, {}, /SALT .* is a value; allowed: text of at least 16 characters/],
  [
    { TRUSTED_PROXIES: ['127.0.0.1', '10.0.0.0/33'] },
    {},
    /TRUSTED_PROXIES in \/lab\/config.yaml holds "10.0.0.0\/33"; allowed: a list of IP addr/,
  ],
  [
    {},
    { TRUSTED_PROXIES: '127.0.0.1, localhost' },
    /TRUSTED_PROXIES in the environment variable TRUSTED_PROXIES holds "localhost"; allowed/,
  ],
  [{ TRUSTED_PROXIES: [10] }, {}, /TRUSTED_PROXIES .* holds "10"; allowed/],
  [{ TRUSTED_PROXIES: 5 }, {}, /TRUSTED_PROXIES .* is "5"; allowed: a list/],
  [{ DATABASE_URI: 'mysql://x' }, {}, /DATABASE_URI .* "mysql:\/\/x"; allowed: sqlite:\/\/\/FILE/],
]

for (const [content, environment, message] of wrong) {
  test(`refused with its name, value and what is allowed: ${JSON.stringify({ ...content, ...environment })}`, () => {
    assert.throws(() => resolve(content, environment), message)
  })
}

test('a wrong secret is not shown in its error', () => {
  assert.throws(
    () => resolve({ SALT: 'hunter2' }),
    (error: Error) => !error.message.includes('hunter2'),
  )
})

test('names of old that mean nothing are accepted and listed', () => {
  assert.deepEqual(resolve({ CSRF_ENABLED: true, THREADS_PER_PAGE: 8 }).ignored, ['CSRF_ENABLED', 'THREADS_PER_PAGE'])
})

test('what was demanded once and did nothing is neither demanded nor made, and does not keep a server from starting', (t) => {
  const old = {
    MESSAGE_TOKEN_SALT: 'short',
    DOC_FILE_PREFIX: 'doc-',
    MESSAGING_LOG_PATH: 'messaging.log',
    CSRF_SESSION_KEY: 'secret',
  }
  assert.deepEqual(resolve(old).ignored, Object.keys(old))
  assert.deepEqual(resolve({}).ignored, [])
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'config.yaml')
  initializeSettings(file)
  assert.doesNotMatch(readFileSync(file, 'utf8'), /MESSAGE_TOKEN_SALT/)
  assert.deepEqual(loadSettings(file, {}).ignored, [])
})

test('a bucket needs its keys, and empty names of old are none', () => {
  const keys = { S3_ACCESS_KEY: 'key', S3_SECRET_KEY: 'secret' }
  assert.throws(
    () => resolve({ S3_STORAGE_BUCKET: 'lab-files', S3_ACCESS_KEY: 'key' }),
    /S3_STORAGE_BUCKET is set, but S3_SECRET_KEY is missing/,
  )
  assert.throws(() => resolve({ BULK_STORAGE: 's3' }), /BULK_STORAGE is s3, but no S3_STORAGE_BUCKET/)
  assert.equal(bucketOf(resolve({ S3_STORAGE_BUCKET: '', S3_ACCESS_KEY: '', S3_SECRET_KEY: '' })), undefined)
  const aws = bucketOf(resolve({ S3_STORAGE_BUCKET: 'lab-files', S3_REGION: 'eu-west-1', ...keys }))
  assert.deepEqual([aws?.endpoint, aws?.isPathStyle, aws?.prefix], ['https://s3.eu-west-1.amazonaws.com', false, 'rhizo'])
  const own = resolve({ S3_STORAGE_BUCKET: 'lab-files', S3_ENDPOINT: 'http://nas:9000/', S3_PREFIX: 'a/b', ...keys })
  assert.deepEqual([bucketOf(own)?.endpoint, bucketOf(own)?.isPathStyle, targetOf(own)], ['http://nas:9000', true, 's3'])
  assert.equal(targetOf(resolve({ S3_STORAGE_BUCKET: 'lab-files', BULK_STORAGE: 'folder', ...keys })), 'folder')
})

test('secrets are generated once, into a file that only its owner reads', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'below', 'config.yaml')
  assert.equal(initializeSettings(file), true)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const first = loadSettings(file, {})
  assert.ok(first.SALT.length >= 40 && first.SALT !== first.SECRET_KEY)
  assert.equal(initializeSettings(file), false)
  assert.equal(loadSettings(file, {}).SALT, first.SALT)
})

test('a missing or malformed file says what to do', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.throws(() => loadSettings(join(folder, 'none.yaml'), {}), /rhizo init-db/)
  const file = join(folder, 'config.yaml')
  writeFileSync(file, 'PORT: [1\n')
  assert.throws(() => loadSettings(file, {}), /is not YAML/)
  // What is around a mistake may be a secret, and messages go to logs.
  const secret = 'SALT: kept-to-ourselves-1234\n'
  for (const mistake of ['SALT: twice-and-secret-1234\n', '\tPORT: 1\n', 'SECRET_KEY: "kept-to-ourselves-1234\n']) {
    writeFileSync(file, `${secret}${mistake}`)
    assert.throws(
      () => loadSettings(file, {}),
      (error: Error) => {
        assert.match(error.message, /^The settings file \S+ is not YAML: .+ at line \d+, column \d+\.$/)
        assert.doesNotMatch(error.message, /ourselves|twice/)
        return true
      },
    )
  }
  writeFileSync(file, 'PORT: 1\n')
  assert.throws(
    () => loadSettings(file, { RHIZO_SERVER_SALT: '[kept-to-ourselves-1234' }),
    /^Fault: The environment variable RHIZO_SERVER_SALT is not YAML\. Quote it/,
  )
  for (const cut of [Buffer.alloc(300), Buffer.from(`${secret}\0\0\0`)]) {
    writeFileSync(file, cut)
    assert.throws(
      () => loadSettings(file, {}),
      /config\.yaml has zero bytes in it, as a power cut may leave them.*Take the file from a copy/,
    )
  }
  writeFileSync(file, '- a\n')
  assert.throws(() => loadSettings(file, {}), /lines of NAME: value/)
  writeFileSync(file, 'PORT: 1\n')
  assert.throws(() => loadSettings(file, {}), /SALT is missing.*take it from a copy.*For a new lab, move the file away: "rhizo init-db"/)
  writeFileSync(file, `${secret}---\nPORT: 1\n`)
  assert.throws(() => loadSettings(file, {}), /is not YAML: More than one document at line 2, column 1\.$/)
  // Read as UTF-8, the letter would be another one, in a password too.
  writeFileSync(file, Buffer.from(`${secret}MAIL_PASSWORD: gr\u00fcn\n`, 'latin1'))
  assert.throws(
    () => loadSettings(file, {}),
    /^Fault: The settings file \S+ is no UTF-8 text: line 2 has a letter in another encoding\. Save/,
  )
  writeFileSync(
    file,
    `\ufeff${secret}SECRET_KEY: kept-to-ourselves-1234\r\nWEBHOOK_SECRET: kept-to-ourselves-1234\r\nSYSTEM_NAME: Gr\u00fcnhaus\r\n`,
  )
  assert.equal(loadSettings(file, {}).SYSTEM_NAME, 'Gr\u00fcnhaus', 'as editors of Windows save it')
  rmSync(file)
  mkdirSync(file)
  assert.throws(() => loadSettings(file, {}), /is a folder, not a file\. Put the file that belongs there in its place/)
})

test('the sample file lists every setting as the program has it', () => {
  const sample = readFileSync(fileURLToPath(new URL('../../../settings/config.sample.yaml', import.meta.url)), 'utf8')
  assert.equal(sample, sampleSettings())
})
