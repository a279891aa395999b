/** `rhizo backup` and `rhizo restore` beside a server that runs, and as a stream. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rename, rmdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { RHIZO, startCommandLineLab, type CommandLineLab } from '../support/command-line.ts'
import { waitFor } from '../support/waiting.ts'

/** Runs a command with its stdin or stdout in a file, as a shell does with < and >. */
async function withFile(
  lab: CommandLineLab,
  file: string,
  direction: '<' | '>',
  ...args: string[]
): Promise<{ code: unknown; stderr: string }> {
  const child = spawn(process.execPath, [RHIZO, ...args], { cwd: lab.folder, env: lab.env })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => {})
  if (direction === '>') child.stdout.pipe(createWriteStream(file))
  else createReadStream(file).pipe(child.stdin)
  const [code] = (await once(child, 'close')) as [unknown]
  return { code, stderr }
}

test('a lab is backed up while it runs, listed, proven, and restored with its keys', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/temperature')
  await lab.run('seq', 'update', '/test-org/temperature', '4.5')
  await writeFile(join(lab.folder, 'large.bin'), Buffer.alloc(200_000, 5))
  await lab.run('put', join(lab.folder, 'large.bin'), '/test-org/')
  const backups = join(lab.folder, 'backups')
  const made = (await lab.json('backup', backups)) as { files: number; time: string; warnings: string[] }
  assert.deepEqual([made.files, made.warnings], [1, []])
  const listed = (await lab.json('backup', '--list', backups)) as { time: string; encrypted: boolean; problem: unknown }[]
  assert.deepEqual(
    listed.map(({ time, encrypted, problem }) => [time, encrypted, problem]),
    [[made.time, false, null]],
  )
  // What the disk can't read is named, and the exit code tells; the whole one is what is restored below.
  const stored = join(lab.folder, 'storage')
  const piece = (await readdir(stored, { recursive: true })).find((name) => /[0-9a-f]{30}$/.test(name)) ?? ''
  await rename(join(stored, piece), join(stored, 'aside'))
  await mkdir(join(stored, piece))
  const other = join(lab.folder, 'other')
  const partly = await lab.rhizo('backup', other)
  assert.equal(partly.code, 1)
  assert.match(partly.stderr, /\/test-org\/large\.bin \(revision \d+\): EISDIR.*All else is/)
  assert.match(await lab.run('backup', '--list', other), /lacks the content of 1 revisions/)
  await rmdir(join(stored, piece))
  await rename(join(stored, 'aside'), join(stored, piece))
  const proof = (await lab.json('backup', '--prove', backups)) as { proven: boolean; problems: string[]; files: number }
  assert.deepEqual([proof.proven, proof.problems, proof.files], [true, [], 1])
  assert.deepEqual(
    (await readdir(backups)).filter((name) => name.startsWith('.proving')),
    [],
  )

  await lab.run('seq', 'update', '/test-org/temperature', '99')
  const busy = await lab.rhizo('restore', backups, '--over')
  assert.equal(busy.code, 1)
  assert.match(busy.stderr, /daemon .* is using/)
  await lab.stopServer()
  const refused = await lab.rhizo('restore', backups)
  assert.deepEqual([refused.code, /say --over/.test(refused.stderr)], [1, true])
  await lab.run('restore', backups, '--over')
  await lab.startServer()
  assert.match(await lab.run('cat', '/test-org/temperature'), /^4\.5/)
  assert.equal((await lab.run('cat', '/test-org/large.bin')).length, 200_000)
})

test('a backup as a stream restores, unpacks to a folder of backups, and is refused when it was cut', async (t) => {
  const lab = await startCommandLineLab(t)
  await writeFile(join(lab.folder, 'large.bin'), Buffer.alloc(200_000, 5))
  await lab.run('put', join(lab.folder, 'large.bin'), '/test-org/')
  const [stream, key] = [join(lab.folder, 'lab.tar'), join(lab.folder, 'key')]
  await writeFile(key, 'a key of many characters\n')
  assert.deepEqual(await withFile(lab, stream, '>', 'backup', '-', '--key-file', key), { code: 0, stderr: '' })
  const place = join(lab.folder, 'again')
  const without = await withFile(lab, stream, '<', 'restore', '-', place)
  assert.match(without.stderr, /are encrypted: give their key/)
  assert.deepEqual(await withFile(lab, stream, '<', 'restore', '-', place, '--key-file', key), { code: 0, stderr: '' })
  assert.deepEqual((await readdir(place)).filter((name) => /^(config.yaml|rhizo.db|storage)$/.test(name)).sort(), [
    'config.yaml',
    'rhizo.db',
    'storage',
  ])
  const backups = join(lab.folder, 'unpacked')
  await mkdir(backups, { mode: 0o700 })
  const tar = spawn('tar', ['-x', '-f', stream, '-C', backups])
  assert.deepEqual(await once(tar, 'close'), [0, null])
  await lab.run('restore', backups, join(lab.folder, 'third'), '--key-file', key)

  await truncate(stream, (await stat(stream)).size - 3_000)
  const cut = await withFile(lab, stream, '<', 'restore', '-', join(lab.folder, 'fourth'), '--key-file', key)
  assert.match(cut.stderr, /ended before its end: the backup in it is incomplete/)
  assert.deepEqual(await readdir(join(lab.folder, 'fourth')), [])
})

test('a backup that is killed at any moment is none, and keeps the next one from nothing', async (t) => {
  const lab = await startCommandLineLab(t)
  await writeFile(join(lab.folder, 'large.bin'), randomBytes(20_000_000))
  await lab.run('put', join(lab.folder, 'large.bin'), '/test-org/')
  const backups = join(lab.folder, 'backups')
  for (const pieces of [0, 1, 3, 5]) {
    const { child, outcome } = lab.start('backup', backups)
    await waitFor(`${pieces} pieces are written`, async () => {
      const names = await readdir(join(backups, 'pieces'), { recursive: true }).catch(() => undefined)
      return child.exitCode !== null || (names !== undefined && names.filter((name) => /[0-9a-f]{64}$/.test(name)).length >= pieces)
    })
    child.kill('SIGKILL')
    await outcome
    const listed = (await lab.json('backup', '--list', backups)) as { problem: string | null }[]
    assert.deepEqual(
      listed.filter(({ problem }) => problem !== null),
      [],
    )
  }
  await lab.run('backup', backups)
  assert.equal(((await lab.json('backup', '--prove', backups)) as { proven: boolean }).proven, true)
  assert.deepEqual(
    (await readdir(lab.folder)).filter((name) => name.includes('backup-copy')),
    [],
  )
})
