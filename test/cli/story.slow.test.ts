import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyLab, startCommandLineLab } from '../support/command-line.ts'

test('the lines that scripts rely on work in an empty folder', async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  assert.equal((await stat(join(lab.folder, 'config.yaml'))).mode & 0o777, 0o600)
  assert.equal(await lab.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'test-org'), '')
  await lab.startServer()

  assert.equal(await lab.run('controller', 'create', '/test-org/test-path'), '')
  assert.match(await lab.run('key', 'create', '--controller', '/test-org/test-path'), /^RHIZO[A-Z0-9]{50}\n$/)
  const key = (await lab.json('key', 'create', '--user', 'admin@example.com', '--org', 'test-org')) as Record<string, unknown>
  assert.match(String(key.secret_key), /^RHIZO[A-Z0-9]{50}$/)
  assert.equal(typeof key.id, 'number')

  const t1 = '/test-org/test-path/t'
  await lab.run('seq', 'create', t1, '--type', 'numeric', '--min-storage-interval', '0', '--units', 'C', '--decimals', '2')
  assert.deepEqual(await lab.json('seq', 'get', t1), [])
  assert.equal(await lab.run('seq', 'update', t1, '21.5'), '')
  await lab.run('seq', 'update', t1, '-3.25', '--timestamp', '2026-01-31T12:00:00.5Z')
  assert.deepEqual((await lab.rhizoWithInput('2026-02-01T00:00:00Z,1\n2\n', 'seq', 'update', t1, '-')).code, 0)
  const readings = (await lab.json('seq', 'get', t1, '--start', '2026-01-01')) as { timestamp: string; value: number }[]
  assert.deepEqual(readings.slice(0, 2), [
    { timestamp: '2026-01-31T12:00:00.500000Z', value: -3.25 },
    { timestamp: '2026-02-01T00:00:00Z', value: 1 },
  ])
  assert.deepEqual(
    readings.slice(2).map(({ value }) => value),
    [21.5, 2],
  )

  await writeFile(join(lab.folder, 'readings.csv'), 'timestamp,value\n2026-01-01T00:00:00Z,5\n1767225660,6\n')
  assert.equal(await lab.run('seq', 'import', t1, 'readings.csv'), '')
  const tail = lab.start('seq', 'tail', t1, '-n', '5', '--json', '--count', '1')
  assert.deepEqual(JSON.parse(await tail.line(1)), { timestamp: '2026-01-01T00:01:00Z', value: 6 })
  await tail.line(5)
  await lab.run('seq', 'update', t1, '7')
  assert.equal((JSON.parse(await tail.line(6)) as { value: number }).value, 7)
  assert.equal((await tail.outcome).code, 0)

  await writeFile(join(lab.folder, 'report.txt'), 'all is well\n')
  assert.equal(await lab.run('put', 'report.txt', '/test-org/files/'), '')
  assert.equal(await lab.run('cat', '/test-org/files/report.txt'), 'all is well\n')
  const names = ((await lab.json('ls', '/test-org')) as { name: string; type: string }[]).map(({ name, type }) => [name, type])
  assert.deepEqual(names, [
    ['files', 'basic_folder'],
    ['test-path', 'controller_folder'],
  ])
  assert.deepEqual(
    ((await lab.json('find', 'REPORT', 'files')) as { path: string; type: string }[]).map(({ path, type }) => [path, type]),
    [['/test-org/files/report.txt', 'file']],
  )
  assert.equal(await lab.run('find', 'test-path', '--type', 'controller_folder'), 'controller  /test-org/test-path\n')
  const first = await lab.rhizo('find', 'test-org', '-n', '1')
  assert.deepEqual([first.code, first.stdout], [0, 'organization  /test-org\n'])
  assert.match(first.stderr, /^rhizo: \d+ fit; these are the first 1\. /)

  assert.equal(await lab.stopServer('SIGTERM'), 0)
  assert.equal((await lab.rhizo('ls', '/test-org')).code, 5)
})

test('exit codes tell what went wrong', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/c/t')
  const codes: [code: number, args: string[]][] = [
    [4, ['ls', '/test-org/nothing']],
    [4, ['cat', '/nowhere/at/all']],
    [4, ['seq', 'update', '/test-org/c/missing', '1']],
    [4, ['seq', 'tail', '/test-org/c/missing']],
    [4, ['seq', 'import', '/test-org/c/missing', 'x.csv']],
    [3, ['ls', '/test-org', '--key', 'RHIZOWRONG']],
    [3, ['seq', 'tail', '/test-org/c/t', '--key', 'RHIZOWRONG']],
    [3, ['mkdir', '/test-org/x', '--server', `localhost:${lab.port}`]],
    [2, ['seq', 'update', '/test-org/c/t', 'warm']],
    [1, ['mkdir', '/test-org/c']],
    [1, ['put', 'no-such-file', '/test-org/']],
  ]
  for (const [code, args] of codes) {
    const outcome = await lab.rhizo(...args)
    assert.equal(outcome.code, code, `rhizo ${args.join(' ')}: ${outcome.stderr}`)
    assert.match(outcome.stderr, /^rhizo: .+\n$/, args.join(' '))
    assert.equal(outcome.stdout, '')
  }
})

test('files and folders go up and come down, and unchanged ones stay where they are', async (t) => {
  const lab = await startCommandLineLab(t)
  const content = Buffer.alloc(3_000_000, 'rhizo ')
  await writeFile(join(lab.folder, 'big.bin'), content)
  assert.deepEqual(await lab.json('put', 'big.bin', '/test-org/data/big.bin'), [
    { path: '/test-org/data/big.bin', size: content.length, status: 'stored' },
  ])
  assert.deepEqual(await lab.json('put', 'big.bin', '/test-org/data/'), [
    { path: '/test-org/data/big.bin', size: content.length, status: 'unchanged' },
  ])
  assert.equal((await lab.rhizoWithInput('one\n', 'put', '-', '/test-org/data/sub/note.txt')).code, 0)
  assert.equal((await lab.rhizoWithInput('two\n', 'put', '-', '/test-org/data/sub/note.txt')).code, 0)

  await lab.run('get', '/test-org/data', 'copy')
  assert.ok((await readFile(join(lab.folder, 'copy', 'big.bin'))).equals(content))
  assert.equal(await readFile(join(lab.folder, 'copy', 'sub', 'note.txt'), 'utf8'), 'two\n')
  const again = (await lab.json('get', '/test-org/data/big.bin', 'copy/')) as { status: string }[]
  assert.equal(again[0]?.status, 'unchanged')
  await lab.run('put', 'copy', '/test-org/back')
  assert.equal(await lab.run('cat', '/test-org/back/sub/note.txt'), 'two\n')

  const revisions = (await lab.json('revisions', '/test-org/data/sub/note.txt')) as { id: number; size: number }[]
  assert.deepEqual(
    revisions.map(({ size }) => size),
    [4, 4],
  )
  assert.equal(await lab.run('cat', '/test-org/data/sub/note.txt', '--rev', String(revisions[1]?.id)), 'one\n')

  await lab.run('mv', '/test-org/data/sub/note.txt', '/test-org/data/')
  await lab.run('mv', '/test-org/data/note.txt', '/test-org/data/renamed.txt')
  assert.equal(await lab.run('ls', '/test-org/data'), 'big.bin\nrenamed.txt\nsub/\n')
  await lab.run('rm', '/test-org/data/renamed.txt')
  assert.equal((await lab.rhizo('cat', '/test-org/data/renamed.txt')).code, 4)
  await lab.run('undelete', '/test-org/data/renamed.txt')
  assert.equal(await lab.run('cat', '/test-org/data/renamed.txt'), 'two\n')
  assert.equal((await lab.rhizo('rm', '/test-org/data')).code, 2, 'a folder needs -r')
  await lab.run('rm', '-r', '--purge', '--yes', '/test-org/data')
  assert.equal((await lab.rhizo('undelete', '/test-org/data')).code, 4)
})

test('people, controllers and keys are managed from the command line', async (t) => {
  const lab = await startCommandLineLab(t)
  const who = (await lab.json('whoami')) as {
    kind: string
    user: { email_address: string }
    organizations: { path: string; is_admin: boolean }[]
  }
  assert.deepEqual([who.kind, who.user.email_address], ['user', 'admin@example.com'])
  assert.deepEqual(
    who.organizations.map(({ path, is_admin }) => [path, is_admin]),
    [['/test-org', true]],
  )

  await lab.run('org', 'create', 'second', '--name', 'The second')
  assert.deepEqual(
    ((await lab.json('org', 'ls')) as { path: string }[]).map(({ path }) => path).filter((path) => path !== '/system'),
    ['/test-org', '/second'],
  )
  assert.equal((await lab.rhizoWithInput('battery-staple-7\n', 'user', 'create', 'ann@example.com', '--password-stdin')).code, 0)
  await lab.run('org', 'set', '/second', '--time-zone', 'Europe/Berlin')
  assert.equal((await lab.rhizo('org', 'set', 'second', '--time-zone', 'Mars/Olympus')).code, 2)
  const second = ((await lab.json('org', 'ls')) as { path: string; full_name: string; timezone: string }[]).find(
    ({ path }) => path === '/second',
  )
  assert.deepEqual([second?.full_name, second?.timezone], ['The second', 'Europe/Berlin'])
  await lab.run('org', 'add', 'test-org', 'ann@example.com')
  await lab.run('org', 'add', 'test-org', 'ann@example.com', '--admin')
  const members = (await lab.json('org', 'members', 'test-org')) as { email_address: string; is_admin: boolean }[]
  assert.deepEqual(
    members.map(({ email_address, is_admin }) => [email_address, is_admin]),
    [
      ['admin@example.com', true],
      ['ann@example.com', true],
    ],
  )

  const login = await lab.rhizoWithInput(
    'battery-staple-7\n',
    'login',
    `127.0.0.1:${lab.port}`,
    '--email',
    'ann@example.com',
    '--password-stdin',
    '--profile',
    'ann',
  )
  assert.deepEqual([login.code, login.stdout, login.stderr], [0, '', ''])
  assert.equal(((await lab.json('whoami')) as typeof who).user.email_address, 'ann@example.com', 'the new profile is the current one')
  const passwd = await lab.rhizoWithInput('battery-staple-7\nbattery-staple-8\n', 'user', 'passwd', '--old-password-stdin')
  assert.deepEqual([passwd.code, passwd.stderr], [0, ''])
  assert.equal((await lab.rhizo('user', 'ls')).code, 3, 'only system admins list users')
  await lab.run('logout')
  assert.match(
    (await lab.rhizo('whoami')).stderr,
    /rhizo profile use NAME.*: default\.$/m,
    'other profiles are not taken up by themselves, but named',
  )
  await lab.run('profile', 'use', 'default')

  const known = (await lab.json('org', 'keys', 'test-org', 'ann@example.com')) as { id: number; access_as_user_id: number }[]
  const ann = known[0]?.access_as_user_id ?? 0
  const gone = (await lab.json('org', 'remove', 'test-org', 'ann@example.com')) as { keys_left: number[]; keys_revoked: number[] }
  assert.deepEqual([gone.keys_left, gone.keys_revoked], [known.map(({ id }) => id), []])
  const revoked = (await lab.json('org', 'keys', 'test-org', String(ann), '--revoke')) as { keys_revoked: number[] }
  assert.deepEqual(revoked.keys_revoked, gone.keys_left)
  const { secret_key: secret } = (await lab.json('controller', 'create', '/test-org/north', '--with-key')) as { secret_key: string }
  assert.equal(((await lab.json('whoami', '--key', secret)) as { controller: { path: string } }).controller.path, '/test-org/north')
  assert.equal(((await lab.json('controller', 'status', '/test-org/north')) as { connected: boolean }).connected, false)
  assert.deepEqual(
    ((await lab.json('controller', 'ls')) as { path: string }[]).map(({ path }) => path),
    ['/test-org/north'],
  )
  const keys = (await lab.json('key', 'ls', '--controller', '/test-org/north')) as { id: number; revocation_timestamp: string | null }[]
  assert.deepEqual(
    keys.map(({ revocation_timestamp }) => revocation_timestamp),
    [null],
  )
  await lab.run('key', 'revoke', String(keys[0]?.id))
  assert.equal((await lab.rhizo('whoami', '--key', secret)).code, 3)
})

test('permissions are shown and set by names', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('mkdir', '/test-org/open')
  assert.deepEqual(await lab.json('permit', '/test-org/open'), { path: '/test-org/open', inherits: true, permissions: [] })
  assert.equal((await lab.rhizo('ls', '/test-org/open', '--server', `localhost:${lab.port}`)).code, 3)
  const set = (await lab.json('permit', '/test-org/open', '--public', 'read', '--org', 'test-org:write')) as {
    permissions: { who: string; level: string }[]
  }
  assert.deepEqual(
    set.permissions.map(({ who, level }) => [who, level]),
    [
      ['public', 'read'],
      ['org test-org', 'write'],
    ],
  )
  assert.equal((await lab.rhizo('ls', '/test-org/open', '--server', `localhost:${lab.port}`)).code, 0)
  await lab.run('permit', '/test-org/open', '--inherit')
  assert.equal((await lab.rhizo('ls', '/test-org/open', '--server', `localhost:${lab.port}`)).code, 3)
})

test('an administrator made while the server runs can sign in at once', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('create-admin', 'second@example.com:correct-horse-9', '--org', 'other-org')
  assert.equal(await lab.run('ls', '/other-org', '--json'), '[]\n')
})

test('the server says where to look and what to do next', async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const serving = lab.start('serve')
  assert.equal(await serving.line(1), `rhizo serves http://127.0.0.1:${lab.port}`)
  assert.match(await serving.line(2), /\/api\/v1\/docs$/)
  await serving.line(3)
  const link = (await serving.line(4)).trim()
  assert.equal((await fetch(link)).status, 200, 'the page of the first run')
  await serving.line(5)
  const [command, ...args] = (await serving.line(6)).trim().split(' ')
  assert.equal(command, 'rhizo')
  const made = await lab.rhizoWithInput('correct-horse-9\n', ...args, '--password-stdin')
  assert.deepEqual([made.code, made.stderr], [0, ''])
  assert.match(await lab.run('whoami'), /you@example\.com/)
  assert.equal((await fetch(link)).status, 409, 'there is an administrator now, whichever way they came')
  serving.child.kill('SIGTERM')
  assert.equal((await serving.outcome).code, 0)

  lab.env['npm_lifecycle_event'] = 'start'
  const again = lab.start('serve')
  assert.match(await again.line(3), /npx rhizo --help/, 'in a clone rhizo is not on the path')
  again.child.kill('SIGTERM')
  assert.doesNotMatch((await again.outcome).stdout, /create-admin/, 'it has an administrator now')
})

test('who belongs to several organizations is told which ones a new key could be for', async (t) => {
  const lab = await startCommandLineLab(t)
  assert.match(await lab.run('key', 'create'), /^RHIZO/, 'the only one goes without saying')
  await lab.run('org', 'create', 'second-org')
  await lab.run('org', 'add', 'second-org', 'admin@example.com', '--admin')
  const { code, stderr } = await lab.rhizo('key', 'create')
  assert.equal(code, 2)
  assert.match(stderr, /--org .*: (test-org, second-org|second-org, test-org)\.$/m)
  assert.match(await lab.run('key', 'create', '--org', 'second-org'), /^RHIZO/)
})

test('what a controller says of itself is shown in columns, and can not drive the terminal', async (t) => {
  const lab = await startCommandLineLab(t)
  const { secret_key: key } = (await lab.json('controller', 'create', '/test-org/north', '--with-key')) as { secret_key: string }
  const status = { firmware_of_the_pump: 'v2\u001b]0;owned\u0007', disk: { free: 3 } }
  const reply = await fetch(`http://127.0.0.1:${lab.port}/api/v1/resources/test-org/north`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ status }),
  })
  assert.equal(reply.status, 200)
  const shown = await lab.run('controller', 'status', '/test-org/north')
  assert.match(shown, /^state {17}not connected$/m)
  assert.match(shown, /^firmware_of_the_pump {2}v2\\u001b\]0;owned/m)
  assert.match(shown, /^disk {18}\{"free":3\}$/m)
  assert.doesNotMatch(await lab.run('info', '/test-org/north'), /\u001b/)
  assert.deepEqual(
    ((await lab.json('controller', 'status', '/test-org/north')) as { status: object }).status,
    status,
    'programs get it as it is',
  )
})
