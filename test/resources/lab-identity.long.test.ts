/** Settings, database and disk that don't belong together are told at the start, in `init-db` and by the doctor. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { emptyLab, type CommandLineLab } from '../support/command-line.ts'
import { onFileAlone } from '../support/postgres.ts'

interface Place {
  lab: CommandLineLab
  /** A path below the lab's folder. */
  file: (name: string) => string
  /** What the command says to refuse its work. */
  refusal: (...args: string[]) => Promise<string>
  /** What the doctor finds. */
  findings: () => Promise<string>
}

/** A lab in the folder `disk`, which was in use. */
async function startPlace(t: TestContext): Promise<Place> {
  const lab = await emptyLab(t)
  const file = (name: string): string => join(lab.folder, name)
  mkdirSync(file('disk'))
  Object.assign(lab.env, { RHIZO_SERVER_DATABASE_URI: 'sqlite:///disk/rhizo.db', RHIZO_SERVER_FILE_SYSTEM_STORAGE_PATH: 'disk/storage' })
  await lab.run('init-db')
  await lab.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'test-org')
  const refusal: Place['refusal'] = async (...args) => {
    const { code, stderr } = await lab.rhizo(...args)
    assert.notEqual(code, 0, args.join(' '))
    return stderr
  }
  const findings: Place['findings'] = async () => (await lab.rhizo('doctor', '--quick')).stdout
  return { lab, file, refusal, findings }
}

async function serves(lab: CommandLineLab): Promise<string> {
  await lab.startServer()
  const who = await lab.run('whoami')
  await lab.stopServer()
  return who
}

test('a database that is missing, emptied or on a disk that is not mounted is no new lab', async (t) => {
  const { lab, file, refusal, findings } = await startPlace(t)
  const before = await serves(lab)
  renameSync(file('disk'), file('unmounted'))
  mkdirSync(file('disk'))
  for (const command of [['serve'], ['init-db'], ['create-admin', 'eve@example.com:correct-horse-9']]) {
    const said = await refusal(...command)
    assert.match(
      said,
      /disk\/rhizo\.db is not there, though these settings were used with it \(lab .*mount it.*init-db --adopt/,
      command.join(' '),
    )
    assert.deepEqual([existsSync(file('disk/rhizo.db')), existsSync(file('disk/storage'))], [false, false])
  }
  assert.match(await findings(), /is not there, though these settings were used with it/)
  writeFileSync(file('disk/rhizo.db'), '')
  assert.match(await refusal('serve'), /is empty \(0 bytes\), though/)
  assert.match(await findings(), /is empty \(0 bytes\), though/)
  rmSync(file('disk'), { recursive: true })
  renameSync(file('unmounted'), file('disk'))
  assert.equal(await serves(lab), before)
})

const isMadeByHand = onFileAlone('a server has its databases before rhizo starts')

test('serve makes no database, and init-db makes the first one for settings that were written by hand', isMadeByHand, async (t) => {
  const lab = await emptyLab(t)
  writeFileSync(join(lab.folder, 'config.yaml'), `SALT: ${'s'.repeat(32)}\nSECRET_KEY: ${'k'.repeat(32)}\n`)
  const { code, stderr } = await lab.rhizo('serve')
  assert.notEqual(code, 0)
  assert.match(stderr, /rhizo\.db is not there\..* rhizo init-db\.$/m)
  assert.equal(existsSync(join(lab.folder, 'rhizo.db')), false)
  await lab.run('init-db')
  await lab.startServer()
})

test('another SALT is told at the start, in init-db and by the doctor, and is taken only on purpose', async (t) => {
  const { lab, file, refusal, findings } = await startPlace(t)
  await serves(lab)
  const settings = readFileSync(file('config.yaml'), 'utf8')
  writeFileSync(file('config.yaml'), settings.replace(/^SALT: .*$/m, `SALT: ${'x'.repeat(40)}`))
  for (const command of ['serve', 'init-db'])
    assert.match(await refusal(command), /^rhizo: The setting SALT in .*config\.yaml is not the one with/)
  const said = await findings()
  assert.match(said, /error: SALT in .* is not the one with which the database/)
  assert.ok(!said.includes('xxxx'), 'a secret is shown')
  writeFileSync(file('config.yaml'), settings)
  await serves(lab)
  writeFileSync(file('config.yaml'), settings.replace(/^SALT: .*$/m, `SALT: ${'x'.repeat(40)}`))
  await lab.run('init-db', '--adopt')
  await lab.startServer()
  assert.match((await lab.rhizo('whoami')).stderr, /key/)
})

test("another lab's database in the place of the one in use is told, and is taken only on purpose", async (t) => {
  const { lab, file, refusal, findings } = await startPlace(t)
  await serves(lab)
  renameSync(file('disk'), file('first'))
  mkdirSync(file('disk'))
  renameSync(file('config.yaml.lab'), file('record'))
  await lab.run('init-db')
  renameSync(file('record'), file('config.yaml.lab'))
  for (const command of ['serve', 'init-db'])
    assert.match(await refusal(command), /is of lab .*, and the settings .* were used with lab .* there/)
  assert.match(await findings(), /is of lab .* were used with lab/)
  await lab.run('init-db', '--adopt')
  await lab.startServer()
})
