import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import sharp from 'sharp'
import { startCommandLineLab } from '../support/command-line.ts'

const PATH = '/test-org/c/t'

/** What became of the values of an import. */
function countsOf(answer: unknown): object {
  const { stored, repeated, refused } = answer as Record<string, number>
  return { stored, repeated, refused }
}

test('lines of stdin are all stored through a restart of the server, and a tail shows each once', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', PATH)
  const sensor = lab.start('seq', 'update', PATH, '-')
  const tail = lab.start('seq', 'tail', PATH, '-n', '0', '--json', '--count', '300')
  const value = (line: string): number => (JSON.parse(line) as { value: number }).value

  let written = 0
  const writeUntil = (to: number): void => {
    while (written < to) sensor.write(`${written++}\n`)
  }
  // Until the tail is connected nothing tells it of values, so the first ones may have been stored before.
  let hears = false
  const heard = (): unknown => (hears = true)
  tail.line(1).then(heard, heard)
  while (!hears) {
    writeUntil(written + 1)
    await lab.json('seq', 'get', PATH)
  }
  await lab.stopServer()
  writeUntil(written + 100)
  await lab.startServer()
  await lab.stopServer('SIGKILL')
  writeUntil(written + 100)
  await lab.startServer()
  sensor.endInput()
  assert.deepEqual(await sensor.outcome, { code: 0, stdout: '', stderr: '' })

  const stored = (await lab.json('seq', 'get', PATH, '-n', '1000')) as { timestamp: string; value: number }[]
  assert.deepEqual(
    stored.map((reading) => reading.value),
    Array.from({ length: written }, (_, at) => at),
  )
  const extra = lab.start('seq', 'update', PATH, '-')
  for (let at = written; at < written + 300; at++) extra.write(`${at}\n`)
  extra.endInput()
  const { stdout, code } = await tail.outcome
  assert.equal(code, 0)
  const seen = stdout.trim().split('\n').map(value)
  const first = seen[0] ?? 0
  assert.deepEqual(
    seen,
    Array.from({ length: 300 }, (_, at) => first + at),
    'in order, none missing, none twice',
  )
})

test('refused lines are named, the others stored, and the exit code is 1', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', PATH)
  const outcome = await lab.rhizoWithInput('1\nwarm\n\n2\nNaN\n2026-01-01T00:00:00Z,3\n', 'seq', 'update', PATH, '-', '--json')
  assert.equal(outcome.code, 1)
  assert.deepEqual(JSON.parse(outcome.stdout), { path: PATH, stored: 3, repeated: 0, refused: 2 })
  assert.match(outcome.stderr, /^rhizo: line 2: .*warm.*\nrhizo: line 5: .*NaN.*\n$/)
  const many = await lab.rhizoWithInput('bad\n'.repeat(250), 'seq', 'update', PATH, '-')
  assert.equal(many.stderr.trim().split('\n').length, 250, 'each of them, though the server names 100 at most')
})

test('text keeps its commas, quotes and spaces', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', PATH, '--type', 'text')
  const lines = ['say "hi", twice', ' padded ', '007', 'größe, 21 °C']
  assert.equal((await lab.rhizoWithInput(`${lines.join('\n')}\n`, 'seq', 'update', PATH, '-')).code, 0)
  assert.deepEqual(
    ((await lab.json('seq', 'get', PATH, '-n', '10')) as { value: string }[]).map(({ value }) => value),
    lines,
  )
  await lab.run('seq', 'export', PATH, 'text.csv')
  await lab.run('seq', 'create', '/test-org/c/copy', '--type', 'text')
  assert.deepEqual(countsOf(await lab.json('seq', 'import', '/test-org/c/copy', 'text.csv')), { stored: 4, repeated: 0, refused: 0 })
  assert.deepEqual(await lab.json('seq', 'get', '/test-org/c/copy', '-n', '10'), await lab.json('seq', 'get', PATH, '-n', '10'))
})

test('a long import and export carry every value, twice the same', async (t) => {
  const lab = await startCommandLineLab(t)
  const count = 250_000
  await lab.run('seq', 'create', PATH, '--max-history', '1000000')
  const rows = Array.from({ length: count }, (_, at) => `${1_700_000_000 + at},${(at % 1000) / 10}\n`).join('')
  await writeFile(join(lab.folder, 'in.csv'), `timestamp,value\n${rows}`)
  assert.deepEqual(countsOf(await lab.json('seq', 'import', PATH, 'in.csv')), { stored: count, repeated: 0, refused: 0 })
  assert.deepEqual(countsOf(await lab.json('seq', 'import', PATH, 'in.csv')), { stored: 0, repeated: count, refused: 0 })
  await lab.run('seq', 'export', PATH, 'out.csv')
  const out = await readFile(join(lab.folder, 'out.csv'), 'utf8')
  const lines = out.trim().split('\n')
  assert.equal(lines.length, count + 1)
  assert.equal(lines[0], 'timestamp,value')
  assert.equal(lines[1], '2023-11-14T22:13:20Z,0')
  const plot = await lab.run('seq', 'plot', PATH, '--width', '60', '--height', '10')
  assert.equal(plot.trim().split('\n').length, 10)
  await lab.run('seq', 'clear', PATH, '--yes')
  assert.deepEqual(await lab.json('seq', 'get', PATH), [])
})

test('an image sequence takes pictures, and its values are the numbers of their revisions', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', PATH, '--type', 'image')
  const pictures = await Promise.all(
    ['red', 'blue'].map(async (background) =>
      sharp({ create: { width: 32, height: 24, channels: 3, background } })
        .jpeg()
        .toBuffer(),
    ),
  )
  for (const [at, picture] of pictures.entries()) {
    await writeFile(join(lab.folder, 'picture.jpg'), picture)
    await lab.run('seq', 'update', PATH, 'picture.jpg', '--timestamp', `2026-01-31T12:00:0${at}Z`)
  }
  assert.equal((await lab.run('seq', 'tail', PATH, '-n', '5', '--count', '0', '--json')).trim().split('\n').length, 2)
  const values = (await lab.json('seq', 'get', PATH, '--start', '2026-01-31')) as { timestamp: string; value: number }[]
  assert.deepEqual(
    values.map(({ timestamp }) => timestamp),
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:01Z'],
  )
  await lab.run('get', PATH, 'first.jpg', '--rev', String(values[0]?.value))
  assert.ok((await readFile(join(lab.folder, 'first.jpg'))).equals(pictures[0] ?? Buffer.alloc(0)))
  await lab.run('get', PATH, 'newest.jpg')
  assert.ok((await readFile(join(lab.folder, 'newest.jpg'))).equals(pictures[1] ?? Buffer.alloc(0)))
})

test('messages are heard by who listens', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('mkdir', '/test-org/c')
  const listener = lab.start('msg', 'listen', '/test-org', '-R', '--type', 'open_valve', '--count', '1', '--json')
  // Nothing tells from outside that it listens: messages are sent until one is heard.
  let heard = false
  const outcome = listener.outcome.then((result) => {
    heard = true
    return result
  })
  while (!heard) await lab.run('msg', 'send', '/test-org/c', 'open_valve', '{"valve": 3}')
  const { code, stdout } = await outcome
  assert.equal(code, 0)
  const message = JSON.parse(stdout) as { type: string; parameters: unknown }
  assert.deepEqual([message.type, message.parameters], ['open_valve', { valve: 3 }])
})

test('a sequence made here keeps every value unless told otherwise', async (t) => {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/c/all')
  await lab.run('seq', 'create', '/test-org/c/some', '--max-history', '1000')
  await lab.run('seq', 'create', '/test-org/c/images', '--type', 'image')
  const kept = (await lab.json('seq', 'ls', '/test-org/c')) as { path: string; max_history: number; min_storage_interval: number }[]
  const of = (path: string): number | undefined => kept.find((one) => one.path === path)?.max_history
  assert.deepEqual([of('/test-org/c/all'), of('/test-org/c/some'), of('/test-org/c/images')], [1_000_000_000, 1_000, 100_000])
})
