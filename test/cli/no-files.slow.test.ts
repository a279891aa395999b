/** A folder, a named pipe, a socket or a device in the place of a file is told at once; what the shell pipes in is read. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import test, { type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { emptyLab, RHIZO, startCommandLineLab, type CommandLineLab } from '../support/command-line.ts'
import { onFileAlone } from '../support/postgres.ts'

const ALONE = onFileAlone('a database in a file')

/** Paths of what is no file, by the words for it. */
async function makeOthers(t: TestContext, lab: CommandLineLab): Promise<[words: string, path: string][]> {
  const [folder, pipe, socket] = ['a-folder', 'a-pipe', 'a-socket'].map((name) => join(lab.folder, name))
  mkdirSync(folder ?? '')
  execFileSync('mkfifo', [pipe ?? ''])
  const server = createServer().listen(socket)
  await once(server, 'listening')
  t.after(() => server.close())
  return [
    ['a folder', folder ?? ''],
    ['a named pipe', pipe ?? ''],
    ['a socket', socket ?? ''],
    ['a device', '/dev/zero'],
  ]
}

/** A command with an environment of its own. */
async function runWith(lab: CommandLineLab, env: NodeJS.ProcessEnv, ...args: string[]): Promise<{ code: number | null; words: string }> {
  const child = spawn(process.execPath, [RHIZO, ...args], {
    env: { ...lab.env, ...env },
    cwd: lab.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [words, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, words: words + errors }
}

test('what is no file is named where a command or a setting names a file', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  for (const [words, path] of await makeOthers(t, lab)) {
    const told = new RegExp(`\\S+ is ${words}, not a file\\.`)
    const cases: [env: NodeJS.ProcessEnv, ...args: string[]][] = [
      ...[['serve'], ['init-db'], ['doctor'], ['upgrade'], ['backup', 'copies']].map((args): [NodeJS.ProcessEnv, ...string[]] => [
        { RHIZO_SERVER_SETTINGS: path },
        ...args,
      ]),
      ...[['serve'], ['init-db'], ['doctor'], ['upgrade'], ['backup', 'copies'], ['doctor', '--salvage', 'sound']].map(
        (args): [NodeJS.ProcessEnv, ...string[]] => [{ RHIZO_SERVER_DATABASE_URI: `sqlite:///${path}` }, ...args],
      ),
      [{ RHIZO_SERVER_TLS_CERTIFICATE: path, RHIZO_SERVER_TLS_KEY: path }, 'serve'],
      [{}, 'backup', 'copies', '--key-file', path],
      [{}, 'import-server', path],
      [{}, 'import-server', 'rhizo.db', '--config', path],
      [{}, 'cert', 'show', path],
      [{}, 'verify', path],
    ]
    // A pipe is what would keep one waiting: the others are tried by fewer commands.
    for (const [env, ...args] of words === 'a named pipe' ? cases : cases.filter((_, at) => at % 3 === 0)) {
      const { code, words: said } = await runWith(lab, env, ...args)
      assert.match(said, told, `${args.join(' ')}: ${words}`)
      assert.notEqual(code, 0, `${args.join(' ')}: ${words}`)
    }
  }
})

test('a pipe beside the database is named before anything opens it', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  for (const name of ['rhizo.db-wal', 'rhizo.db-journal', 'rhizo.db.lock', 'config.yaml.standby']) {
    const [path, aside] = [join(lab.folder, name), join(lab.folder, 'aside')]
    rmSync(aside, { force: true })
    try {
      renameSync(path, aside)
    } catch {
      // Not each of them is there.
    }
    execFileSync('mkfifo', [path])
    const { code, words } = await runWith(lab, {}, 'serve')
    assert.match(words, new RegExp(`${name.replaceAll('.', '\\.')} is a named pipe, not a file`), name)
    assert.notEqual(code, 0)
    rmSync(path)
  }
})

test('what imports read is told when it is no file, and read from a pipe of the shell', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('mkdir', '/test-org/fridge')
  const imports = [
    ['seq', 'import', 'FILE', '/test-org/fridge/t', '--create'],
    ['seq', 'import', 'FILE', '--into', '/test-org/fridge', '--create'],
    ['import', 'influx', 'FILE', '--into', '/test-org/fridge', '--create'],
    ['import', 'thingsboard', 'FILE', '--into', '/test-org/fridge', '--create'],
    ['import', 'home-assistant', 'FILE', '--into', '/test-org/fridge', '--create'],
    ['import', 'emoncms', '.', '--feeds', 'FILE', '--into', '/test-org/fridge', '--create'],
  ]
  for (const [words, path] of await makeOthers(t, lab))
    for (const args of imports) {
      const { code, words: said } = await runWith(lab, {}, ...args.map((one) => (one === 'FILE' ? path : one)))
      assert.match(said, new RegExp(`is ${words}, not a file\\.`), args.join(' '))
      assert.equal(code, 2)
    }

  const readings = 'timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n'
  writeFileSync(join(lab.folder, 'readings.csv.gz'), gzipSync(readings))
  writeFileSync(join(lab.folder, 'export.lp'), 'fridge door=1 1767225600000000000\nfridge door=2 1767225660000000000\n')
  writeFileSync(
    join(lab.folder, 'telemetry.json'),
    '{"humidity": [{"ts": 1767225600000, "value": "40"}, {"ts": 1767225660000, "value": "41"}]}',
  )
  const inShell = async (line: string): Promise<void> => {
    const child = spawn('bash', ['-c', line], { env: { ...lab.env, NODE: process.execPath, RHIZO }, cwd: lab.folder })
    const [words, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    assert.equal(child.exitCode, 0, `${line}\n${words}${errors}`)
  }
  await inShell('"$NODE" "$RHIZO" seq import <(zcat readings.csv.gz) /test-org/fridge/piped --create')
  await inShell('zcat readings.csv.gz | "$NODE" "$RHIZO" seq import /dev/stdin /test-org/fridge/stdin --create')
  await inShell('"$NODE" "$RHIZO" import influx <(cat export.lp) --into /test-org/fridge --create')
  await inShell('cat telemetry.json | "$NODE" "$RHIZO" import thingsboard - --into /test-org/fridge --create')
  await inShell('"$NODE" "$RHIZO" backup copies --key-file <(echo the-key-of-these-backups)')
  for (const [name, last] of [
    ['piped', '2'],
    ['stdin', '2'],
    ['humidity', '41'],
  ])
    assert.equal((await lab.run('cat', `/test-org/fridge/${name}`)).trim(), last)
  assert.equal((await lab.run('cat', '/test-org/fridge/fridge/door')).trim(), '2')
})

test('a pipe among the pieces of a backup keeps nobody waiting', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  await lab.run('backup', 'copies')
  cpSync(join(lab.folder, 'copies'), join(lab.folder, 'kept'), { recursive: true })
  const index = join(lab.folder, 'copies', 'rhizo-backups.json')
  rmSync(index)
  execFileSync('mkfifo', [index])
  for (const args of [
    ['restore', 'copies', 'restored'],
    ['backup', 'copies'],
  ]) {
    const { code, words } = await runWith(lab, {}, ...args)
    assert.match(words, /rhizo-backups\.json is a named pipe, not a file/)
    assert.notEqual(code, 0)
  }
  assert.match(await lab.run('backup', '--list', 'copies'), /^2\d\d\d-/, 'each backup can be listed without it')
  await lab.run('restore', 'kept', 'restored')
})
