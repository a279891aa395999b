/** `rhizo seq export` of folders and of several sequences. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { startCommandLineLab } from '../support/command-line.ts'

/** Seconds since 1970 of 2026. */
const START = Date.UTC(2026, 0, 1) / 1000

test('a folder goes into one table, in the format that its file is named for; what does not fit in is named', async (t) => {
  const { folder, rhizo, run, client } = await startCommandLineLab(t)
  const library = await client()
  await run('seq', 'create', '/test-org/house/a', '--units', 'm')
  await run('seq', 'create', '/test-org/house/b')
  await run('seq', 'create', '/test-org/house/camera', '--type', 'image')
  await library.sequences.append(
    ['a', 'b'].flatMap((name) => [0, 1].map((value) => ({ path: `/test-org/house/${name}`, timestamp: START + value, value }))),
  )
  const workbook = await rhizo('seq', 'export', '/test-org/house', 'house.xlsx')
  assert.equal(workbook.code, 0, workbook.stderr)
  assert.equal(workbook.stdout, '')
  assert.match(workbook.stderr, /Left out: 1 .*\/test-org\/house\/camera/)
  const book = spreadsheets.read(await readFile(join(folder, 'house.xlsx')), { type: 'buffer' })
  assert.deepEqual(spreadsheets.utils.sheet_to_json<unknown[]>(book.Sheets['Values'] ?? {}, { header: 1 })[0], ['Time (UTC)', 'a (m)', 'b'])
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes('.part-')),
    [],
  )

  const both = await rhizo('seq', 'export', '/test-org/house/a', '--and', '/test-org/house/b', '--interval', '1m', '--fields', 'sum')
  assert.equal(both.stdout, 'timestamp,/test-org/house/a,/test-org/house/b\n2026-01-01T00:00:00Z,1,1\n')
  const lines = await rhizo('--json', 'seq', 'export', '/test-org/house', '--layout', 'long', '--end', '2026-01-01T00:00:00Z')
  assert.deepEqual(
    lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { path: string }).path),
    ['/test-org/house/a', '/test-org/house/b'],
  )
  const wrong = await rhizo('seq', 'export', '/test-org/house', '--format', 'ods')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /--format is .*ods.*parquet/)
})

test('a folder comes with the values of its sequences, unless they are not wanted; sequences of images are named', async (t) => {
  const { folder, rhizo, run, client } = await startCommandLineLab(t)
  const library = await client()
  await run('seq', 'create', '/test-org/house/a')
  await run('seq', 'create', '/test-org/house/camera', '--type', 'image')
  await library.sequences.append([{ path: '/test-org/house/a', timestamp: START, value: 4.5 }])
  const all = await rhizo('get', '/test-org/house', 'copy')
  assert.equal(all.code, 0)
  assert.match(all.stderr, /Passed over, since they hold images: \/test-org\/house\/camera/)
  assert.equal(await readFile(join(folder, 'copy', 'a.csv'), 'utf8'), 'timestamp,value\n2026-01-01T00:00:00Z,4.5\n')
  await run('get', '/test-org/house', 'files', '--no-sequences')
  assert.deepEqual(await readdir(join(folder, 'files')), [])
})
