/** The package for Debian: built, unpacked into a folder, and run from there. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../support/sources.ts'

const run = promisify(execFile)
const hasDpkg = spawnSync('dpkg-deb', ['--version']).status === 0

test('a package for Debian holds the program with its libraries, and makes the service', {
  skip: !hasDpkg && 'needs dpkg-deb',
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-deb-test-'))
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const built = await run(process.execPath, [join(root, 'scripts', 'deb.js'), folder, '--uncompressed'])
  const file = built.stdout.trim()
  const fields = (await run('dpkg-deb', ['--field', file])).stdout
  assert.match(fields, /^Package: rhizo$/m)
  const line = Number(process.versions.node.split('.')[0])
  assert.match(
    fields,
    new RegExp(`^Depends: nodejs \\(>= ${line}(?:\\.\\d+)?\\), nodejs \\(<< ${line + 1}\\),`, 'm'),
    'the line of Node whose SQLite it has',
  )
  await run('dpkg-deb', ['--raw-extract', file, join(folder, 'tree')])
  const settings = join(folder, 'config.yaml')
  const env = { PATH: process.env['PATH'], RHIZO_SERVER_SETTINGS: settings, XDG_CONFIG_HOME: folder }
  const rhizo = join(folder, 'tree', 'usr', 'bin', 'rhizo')
  assert.match((await run(rhizo, ['--version'], { env })).stdout, /^\d+\.\d+\.\d+\n$/)
  await run(rhizo, ['init-db'], { env, cwd: folder })
  assert.ok((await stat(settings)).isFile(), 'its SQLite works')
  for (const [name, words] of [
    ['postinst', /\/run\/systemd\/system.*rhizo service install/],
    ['prerm', /"\$1" = remove.*rhizo service uninstall/],
  ] as const) {
    const path = join(folder, 'tree', 'DEBIAN', name)
    assert.match(await readFile(path, 'utf8'), words)
    assert.equal(spawnSync('sh', ['-n', path]).status, 0)
    assert.equal(spawnSync('sh', [path, 'upgrade']).status, 0, 'does nothing otherwise')
  }
})
