/** A server that only shows what is there: as asked, and on a disk that can't be written. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import Sqlite from 'better-sqlite3'
import { mountDisk } from '../support/disk.ts'
import { startCommandLineLab, type CommandLineLab } from '../support/command-line.ts'

/** A lab with a value, a text in the database and one in the storage folder; it runs. */
async function startFilled(t: TestContext): Promise<CommandLineLab> {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/temperature')
  await lab.run('seq', 'update', '/test-org/temperature', '20.5')
  await lab.rhizoWithInput('words', 'put', '-', '/test-org/small.txt')
  await lab.rhizoWithInput('w'.repeat(100_000), 'put', '-', '/test-org/large.txt')
  return lab
}

async function requireShown(lab: CommandLineLab): Promise<void> {
  assert.match(await lab.run('seq', 'get', '/test-org/temperature'), /20\.5/)
  assert.equal(await lab.run('cat', '/test-org/small.txt'), 'words')
  assert.equal((await lab.run('cat', '/test-org/large.txt')).length, 100_000)
  for (const command of [
    ['seq', 'update', '/test-org/temperature', '21'],
    ['rm', '/test-org/small.txt'],
    ['mkdir', '/test-org/more'],
  ]) {
    const { code, stderr } = await lab.rhizo(...command)
    assert.notEqual(code, 0, command.join(' '))
    assert.match(stderr, /The server is read-only: nothing is changed in the database/, command.join(' '))
  }
  const health = await fetch(`http://127.0.0.1:${lab.port}/health`)
  assert.equal(health.status, 200)
  const { status, problems } = (await health.json()) as { status: string; problems: { write: string } }
  assert.deepEqual([status, problems.write], ['warning', 'The server is read-only: nothing is stored.'])
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex')

test('serve --read-only shows what is there and changes nothing', async (t) => {
  const lab = await startFilled(t)
  await lab.stopServer()
  const before = hashOf(join(lab.folder, 'rhizo.db'))
  const files = readdirSync(join(lab.folder, 'storage'), { recursive: true }).sort()
  await lab.startServer('--read-only')
  await requireShown(lab)
  assert.equal(await lab.stopServer(), 0)
  assert.equal(hashOf(join(lab.folder, 'rhizo.db')), before)
  assert.deepEqual(readdirSync(join(lab.folder, 'storage'), { recursive: true }).sort(), files)
  await lab.startServer()
  await lab.run('seq', 'update', '/test-org/temperature', '21')
})

for (const [how, signal] of [
  ['that was stopped', 'SIGTERM'],
  ['that was killed, with a log that was not merged', 'SIGKILL'],
] as const)
  test(`on a read-only disk the server of a lab ${how} shows what is there`, async (t) => {
    const disk = mountDisk(t, 60)
    if (!disk) return t.skip('this user may not mount a disk')
    const lab = await startFilled(t)
    await lab.stopServer(signal)
    for (const name of readdirSync(lab.folder))
      if (name.startsWith('rhizo.db') || name === 'storage') cpSync(join(lab.folder, name), join(disk.folder, name), { recursive: true })
    rmSync(join(lab.folder, 'rhizo.db'))
    Object.assign(lab.env, {
      RHIZO_SERVER_DATABASE_URI: `sqlite:///${join(disk.folder, 'rhizo.db')}`,
      RHIZO_SERVER_FILE_SYSTEM_STORAGE_PATH: join(disk.folder, 'storage'),
    })
    disk.setWritable(false)
    await lab.startServer()
    await requireShown(lab)
    assert.equal(await lab.stopServer(), 0)
    // A disk becomes read-only after errors: then a backup, or what can be saved, is what its owner needs.
    const { stdout } = await lab.rhizo('doctor', '--json')
    const { findings } = JSON.parse(stdout) as { findings: { area: string; subject: string; problem: string }[] }
    assert.deepEqual(
      findings.filter(({ area, subject }) => area === 'database' || area === 'files' || subject.endsWith('.lock')),
      [],
    )
    await lab.run('upgrade', '--check')
    await lab.run('backup', 'copies')
    await lab.run('restore', 'copies', 'restored')
    await lab.run('doctor', '--salvage', 'salvaged')
    for (const folder of ['restored', 'salvaged']) {
      const file = new Sqlite(join(lab.folder, folder, 'rhizo.db'), { readonly: true })
      const names = file
        .prepare<[], string>("select name from resources where name in ('temperature', 'large.txt') order by name")
        .pluck()
        .all()
      file.close()
      assert.deepEqual(names, ['large.txt', 'temperature'], folder)
    }
    return undefined
  })
