/** `npm test`: which tests are meant by words, and what the names of their files say. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

function npmTest(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'test.js'), ...args], { encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

/** What `--list` shows for these words, as `folder/name`. */
function list(...args: string[]): string[] {
  const { code, stdout, stderr } = npmTest('--list', ...args)
  assert.equal(code, 0, stderr)
  return stdout
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [folder, names] = line.trim().split(': ')
      return names === undefined ? line.trim().split(' ') : names.split(' ').map((name) => `${folder}/${name}`)
    })
}

test('a word is a folder of tests, or a part of the names of files', () => {
  const mqtt = list('mqtt')
  assert.ok(mqtt.length > 5 && mqtt.every((name) => name.startsWith('mqtt/')), mqtt.join(' '))
  assert.deepEqual(list('lttb'), ['sequences/lttb'])
  assert.deepEqual(list('test/sequences/lttb.test.ts'), ['sequences/lttb'])
  assert.deepEqual(list('lttb', 'base/time'), ['base/time', 'sequences/lttb'])
  const kills = list('kill')
  assert.ok(kills.includes('mqtt/kill.slow') && kills.includes('daemon/kill.slow'), kills.join(' '))
})

test('without words all files are meant, and fast leaves out those that say that they are long or slow or need a browser', () => {
  const all = list()
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))
  assert.deepEqual([...all].sort(), files.map((name) => name.replace(/\.test\.ts$/, '')).sort())
  const quick = list('--fast')
  const notSlow = all.filter((name) => !/\.(?:slow|long|browser)$/.test(name))
  assert.deepEqual(quick, notSlow)
  assert.ok(quick.length < all.length)
})

test('an unknown word is an error that lists what there is; so is an unknown option', () => {
  const { code, stdout, stderr } = npmTest('lttb', 'sequenzes')
  assert.equal(code, 2)
  assert.equal(stdout, '')
  assert.match(stderr, /^No test is called sequenzes\. There are:\n/)
  assert.match(stderr, /^ {2}sequences: .*\blttb\b/m)
  const other = npmTest('--quick')
  assert.equal(other.code, 2)
  assert.match(other.stderr, /There is no option --quick\./)
})

test('each file of tests runs once, and what measures a process has one of its own', async () => {
  const { groupTests } = (await import(join(root, 'scripts', 'group-tests.js'))) as { groupTests: (tests: string[]) => string[][] }
  const all = list()
  const groups = groupTests(all)
  assert.deepEqual(groups.flat().sort(), [...all].sort())
  const together = groups.filter((group) => group.length > 1)
  assert.ok(together.length > 5)
  assert.deepEqual(
    together.flat().filter((name) => /\.(?:slow|alone)$/.test(name)),
    [],
  )
  // A browser is started once for those that need one, and not for the others.
  for (const group of together) assert.equal(new Set(group.map((name) => name.endsWith('.browser'))).size, 1, group.join(' '))
})

test('tests that start Chromium, and no others, are called NAME.browser.test.ts', () => {
  const read = (name: string): string => readFileSync(join(root, 'test', name), 'utf8')
  const startsChromium = (name: string): boolean => /from '\.\.\/support\/(?:web-lab|chromium)\.ts'/.test(read(name))
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'))
  assert.deepEqual(
    files.filter((name) => startsChromium(name) !== name.endsWith('.browser.test.ts')),
    [],
  )
})
