/** examples/python/rhizo.py as a script uses it, against a real daemon. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { startLab, type Lab } from '../support/lab.ts'
import { root } from '../support/sources.ts'

const run = promisify(execFile)
const hasPython = spawnSync('python3', ['--version']).status === 0
const hasPandas = hasPython && spawnSync('python3', ['-c', 'import pandas']).status === 0

/** Runs lines of Python with `lab`, a server, and `show`, which prints as JSON. @returns what was shown */
async function python(lab: Lab, lines: string[]): Promise<unknown[]> {
  const script = [
    'import json',
    'from rhizo import Server, Refused, parse_time',
    'lab = Server()',
    'show = lambda what: print(json.dumps(what))',
  ]
  const env = {
    PATH: process.env['PATH'],
    PYTHONPATH: join(root, 'examples', 'python'),
    PYTHONDONTWRITEBYTECODE: '1',
    RHIZO_SERVER_NAME: new URL(lab.url).host,
    RHIZO_SECRET_KEY: lab.key,
  }
  const { stdout } = await run('python3', ['-c', [...script, ...lines].join('\n')], { env })
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

test('values go in and come out, each at its time, and a refusal is said in words', { skip: !hasPython && 'needs python3' }, async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/fridge/door', 2)
  const [sent, numbers, texts, newest, refused] = await python(lab, [
    'rows = [("/lab/fridge/temperature", "2026-01-01T00:00:%02d.5Z" % at, at / 4) for at in range(60)]',
    'show(lab.update_many(rows + [("/lab/fridge/door", parse_time("2026-01-01T00:00:00Z"), "open, \\"wide\\"\\nand on")]))',
    'show([[time.isoformat(), value] for time, value in lab.values("/lab/fridge/temperature", start="2026-01-01T00:00:58Z")])',
    'show([value for _, value in lab.values("/lab/fridge/door")])',
    'lab.update("/lab/fridge/temperature", -1.5)',
    'show([value for _, value in lab.values("/lab/fridge/temperature", start="1h")])',
    'try: lab.update("/lab/none", 1)',
    'except Refused as error: show([error.status, str(error)])',
  ])
  assert.equal(sent, 61)
  assert.deepEqual(numbers, [
    ['2026-01-01T00:00:58.500000+00:00', 14.5],
    ['2026-01-01T00:00:59.500000+00:00', 14.75],
  ])
  assert.deepEqual(texts, ['open, "wide"\nand on'])
  assert.deepEqual(newest, [-1.5])
  const [status, sentence] = refused as [number, string]
  assert.equal(status, 200, 'the others of its request are stored')
  assert.match(sentence, /^1 of 1 values were refused: .*\/lab\/none/)
  const [forbidden] = await python({ ...lab, key: 'RHIZOWRONG' }, [
    'try: list(lab.values("/lab/fridge/door"))',
    'except Refused as error: show(error.status)',
  ])
  assert.equal(forbidden, 401)
})

test('a frame of pandas has a column a sequence', { skip: !hasPandas && 'needs pandas' }, async (t) => {
  const lab = await startLab(t)
  for (const name of ['a', 'b']) await lab.sequence(`/lab/${name}`)
  const [shape, means] = await python(lab, [
    'lab.update_many(("/lab/" + name, "2026-01-01T%02d:30:00Z" % hour, hour) for name in "ab" for hour in range(4))',
    'frame = lab.frame("/lab/a", "/lab/b", start="2026-01-01", interval="1h")',
    'show(list(frame.shape))',
    'show(frame.iloc[:, 0].tolist())',
  ])
  assert.deepEqual(
    [shape, means],
    [
      [4, 2],
      [0, 1, 2, 3],
    ],
  )
})
