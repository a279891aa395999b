/** Commands that make a lab in another place, whose disk is full or fails there: they name that disk, not the lab, and leave nothing. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { emptyLab } from '../support/command-line.ts'
import { failingDisk, noFailingDisk, type DiskCall } from '../support/failing-disk.ts'

test('a disk that is full where a lab is restored, moved or salvaged is what the message names', { skip: noFailingDisk }, async (t) => {
  const disk = failingDisk(t)
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const backups = join(lab.folder, 'backups')
  await lab.run('backup', backups)
  Object.assign(lab.env, disk.env)
  const sound = join(lab.folder, 'sound')
  const moved = join(lab.folder, 'moved.db')
  const salvage = ['doctor', '--salvage', sound]
  const move = ['database', 'move', '--to', `sqlite:///${moved}`]
  const other = ['backup', join(lab.folder, 'other')]
  const cases: [command: string[], calls: DiskCall[], error: string, pattern: string, words: RegExp][] = [
    [salvage, ['mkdir'], 'EROFS', '*/sound', /The folder \S+sound is on a file system that is read-only \(EROFS\)/],
    [salvage, ['write'], 'ENOSPC', '*/sound/*', /The folder \S+sound is on a full disk \(\S+\): no sound lab was made there\. Free some/],
    [
      other,
      ['mkdir'],
      'EROFS',
      '*/other',
      /The folder \S+other is on a file system that is read-only \(EROFS\): the backup was not made\./,
    ],
    [other, ['write'], 'EIO', '*/other/*.part', /The folder \S+other\S* is on a disk that failed \(EIO\): the backup was not made\./],
    [move, ['write'], 'ENOSPC', '*/moved.db*', /moved\.db\S* .*full disk \(SQLITE_FULL\)\. Free some/],
    [['restore', backups, '--over'], ['write'], 'ENOSPC', '*/config.yaml*', /is on a full disk \(ENOSPC\): the backup was not restored/],
  ]
  for (const [command, calls, error, pattern, words] of cases) {
    disk.rule({ calls, error, pattern })
    const { code, stderr } = await lab.rhizo(...command)
    assert.notEqual(code, 0, command.join(' '))
    assert.match(stderr, words, command.join(' '))
    assert.doesNotMatch(stderr, /cannot rollback|pages are damaged/)
    if (existsSync(sound)) assert.deepEqual(readdirSync(sound), [], 'nothing half made is left')
  }
  disk.rule()
  await lab.run('doctor')
  await lab.run(...move)
})
