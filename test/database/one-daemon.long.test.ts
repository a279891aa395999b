/** A database has one daemon, however the file is named, and one that has lost it acknowledges nothing any more. */
import assert from 'node:assert/strict'
import { existsSync, linkSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import Sqlite from 'better-sqlite3'
import { startCommandLineLab } from '../support/command-line.ts'

test('a second daemon is refused by every name of the file, and without the lock file', async (t) => {
  const lab = await startCommandLineLab(t)
  const file = (name: string): string => join(lab.folder, name)
  symlinkSync('rhizo.db', file('symbolic.db'))
  linkSync(file('rhizo.db'), file('hard.db'))
  for (const ending of ['-wal', '-shm']) linkSync(file(`rhizo.db${ending}`), file(`hard.db${ending}`))
  Object.assign(lab.env, { RHIZO_SERVER_PORT: '0' })
  const refused = async (name: string): Promise<void> => {
    Object.assign(lab.env, { RHIZO_SERVER_DATABASE_URI: `sqlite:///${name}` })
    const { code, stderr } = await lab.rhizo('serve')
    assert.notEqual(code, 0, name)
    assert.match(stderr, /Another rhizo daemon \(process \d+\) is using .*Stop it first/, name)
  }
  await refused('rhizo.db')
  await refused('symbolic.db')
  await refused('hard.db')
  rmSync(file('rhizo.db.lock'))
  await refused('rhizo.db')
  await refused('symbolic.db')
  // Another name without the log: its own would be written over the pages of the daemon that runs.
  linkSync(file('rhizo.db'), file('alone.db'))
  await refused('alone.db')
  const log = file('alone.db-wal')
  assert.equal(existsSync(log) ? statSync(log).size : 0, 0, 'nothing was written by the other name')
})

test('a name of the file whose log lies beside another name is not opened, and several names are told', async (t) => {
  const lab = await startCommandLineLab(t)
  const file = (name: string): string => join(lab.folder, name)
  await lab.run('seq', 'create', '/test-org/temperature')
  await lab.run('seq', 'update', '/test-org/temperature', '1')
  await lab.stopServer('SIGKILL')
  linkSync(file('rhizo.db'), file('hard.db'))
  assert.ok(statSync(file('rhizo.db-wal')).size > 0)
  lab.env['RHIZO_SERVER_DATABASE_URI'] = 'sqlite:///hard.db'
  const { code, stderr } = await lab.rhizo('serve')
  assert.notEqual(code, 0)
  assert.match(stderr, /hard\.db has another name, .*rhizo\.db, and what was stored last is in that name's log/)
  const log = file('hard.db-wal')
  assert.equal(existsSync(log) ? statSync(log).size : 0, 0, 'nothing was written by the other name')
  delete lab.env['RHIZO_SERVER_DATABASE_URI']
  await lab.startServer()
  assert.equal(await lab.run('seq', 'get', '/test-org/temperature'), '1\n')
  assert.match((await lab.rhizo('doctor')).stdout, /rhizo\.db has other names \(hard links/)
})

test('a daemon that has lost its database acknowledges nothing more, and ends with the reason', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/temperature')
  await lab.run('seq', 'update', '/test-org/temperature', '1')
  // As another machine would, whose processes can't be seen from here.
  const other = new Sqlite(join(lab.folder, 'rhizo.db'))
  other.exec('update daemon set token = token + 1')
  const refused = await lab.rhizo('seq', 'update', '/test-org/temperature', '2')
  assert.notEqual(refused.code, 0)
  // On a slow machine the daemon has noticed, and ended, before the command asks.
  assert.match(refused.stderr, /Another daemon has taken the database over: nothing was stored|nothing listens there|closed the connection/)
  const { code, stderr } = await lab.serverEnd()
  assert.notEqual(code, 0)
  assert.match(stderr, /another rhizo daemon has taken the database over/)
  other.close()
})
