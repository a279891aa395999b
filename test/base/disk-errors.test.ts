import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { withCleanUp } from '../../src/base/clean-up.ts'
import { codeOf, describeFileError, explainDiskError, isDiskError } from '../../src/base/disk-errors.ts'
import { makeFolder, makeFolderNow } from '../../src/base/folders.ts'
import { silentLog } from '../../src/base/log.ts'
import { toFault } from '../../daemon/replies/fault-reply.ts'
import { RecordingLog } from '../support/recording-log.ts'

const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code })

const OF_DISKS = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ESTALE']
const OF_SQLITE = [
  'SQLITE_FULL',
  'SQLITE_IOERR_READ',
  'SQLITE_IOERR',
  'SQLITE_CANTOPEN_FULLPATH',
  'SQLITE_READONLY_DBMOVED',
  'SQLITE_CORRUPT',
]

test('an error of the disk is a fault that says what is wrong, what did not happen, and what to do', () => {
  for (const code of [...OF_DISKS, ...OF_SQLITE]) {
    const error = failure(code)
    const fault = explainDiskError(error, 'The storage folder', 'the file was not stored')
    assert.equal(fault?.code, 'busy', code)
    assert.match(fault.message, new RegExp(`^The storage folder [^.]+ \\(${code}\\): the file was not stored\\. [A-Z].*\\.$`))
    assert.ok((fault.retryAfter ?? 0) > 0)
    assert.equal(fault.cause, error)
    assert.match(describeFileError(error, 'The file', '/a/b'), new RegExp(`^The file /a/b [^.]+ \\(${code}\\)\\. [A-Z].*\\.$`))
  }
  for (const error of [failure('ENOENT'), failure('SQLITE_CONSTRAINT_UNIQUE'), failure('SQLITE_BUSY'), new Error('a defect'), 'a text'])
    assert.equal(isDiskError(error), false)
  assert.match(describeFileError(failure('EISDIR'), 'The file', '/a/b'), /^The file \/a\/b can't be used: EISDIR: it failed\.$/)
})

test('errors that Node has no name for have one here', { skip: process.platform !== 'linux' }, () => {
  assert.equal(codeOf(Object.assign(new Error('no'), { errno: -122, code: 'Unknown system error -122' })), 'EDQUOT')
})

test('whoever asks gets words for an error of the disk that nobody foresaw, and the log its details', () => {
  const log = new RecordingLog()
  const fault = toFault(failure('EMFILE'), log, { route: '/x' })
  assert.equal(fault.code, 'busy')
  assert.match(fault.message, /too many files are open/)
  assert.equal((log.lines[0]?.['err'] as Error).message, 'EMFILE: it failed')
  assert.match(toFault(failure('SQLITE_CORRUPT'), silentLog, {}).message, /^The database is damaged, or its disk fails/)
  assert.equal(toFault(new Error('a defect'), silentLog, {}).code, 'internal')
})

test('a clean-up that fails does not hide what it cleans up after', async () => {
  const done: string[] = []
  const cleanUp = (): void => {
    done.push('cleaned')
    throw new Error('the clean-up failed')
  }
  await assert.rejects(
    withCleanUp(() => Promise.reject(new Error('the disk is full')), cleanUp),
    /the disk is full/,
  )
  await assert.rejects(
    withCleanUp(() => Promise.resolve(1), cleanUp),
    /the clean-up failed/,
  )
  assert.equal(
    await withCleanUp(
      () => Promise.resolve(1),
      () => void done.push('again'),
    ),
    1,
  )
  assert.deepEqual(done, ['cleaned', 'cleaned', 'again'])
})

test('folders are made with those above them, by two at once, and a file in their place is told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const deep = join(folder, 'a', 'b', 'c')
  await Promise.all([makeFolder(deep, 0o700), makeFolder(deep, 0o700), makeFolder(join(folder, 'a', 'd'), 0o700)])
  assert.equal(statSync(deep).mode & 0o777, 0o700)
  await makeFolder(deep)
  makeFolderNow(join(folder, 'e', 'f'))
  makeFolderNow(join(folder, 'e', 'f'))
  assert.ok(statSync(join(folder, 'e', 'f')).isDirectory())
  mkdirSync(join(folder, 'g'))
  writeFileSync(join(folder, 'g', 'file'), '')
  await assert.rejects(makeFolder(join(folder, 'g', 'file')), { code: 'EEXIST' })
  assert.throws(() => makeFolderNow(join(folder, 'g', 'file', 'below')), { code: 'ENOTDIR' })
})
