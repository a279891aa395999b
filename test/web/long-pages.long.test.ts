/** Pages of much are made in turns: what counts is how often others may come in between, not how long it takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsx } from 'hono/jsx'
import { InTurns, PauseContext } from '../../daemon/web/components/in-turns.tsx'
import { readTable } from '../../daemon/web/pages/file/tables.ts'
import { findDialect } from '../../src/tables/dialect.ts'
import { startLab } from '../support/lab.ts'

/** Counts how often others may come in. */
function counting(): { pause: () => undefined; count: () => number } {
  let count = 0
  return { pause: () => void count++, count: () => count }
}

const SIZE = 900_000

test('a list on a page is written item by item, with others in between, and reads as if it were written at once', async () => {
  const { pause, count } = counting()
  const items = Array.from({ length: 300 }, (_, at) => jsx('li', {}, `<${at}>`))
  const written = await jsx(PauseContext.Provider, { value: pause }, jsx('ul', {}, jsx(InTurns, {}, items))).toString()
  assert.equal(String(written), jsx('ul', {}, items).toString())
  assert.equal(count(), 300)
})

test('a table is walked in steps, however it is made, and shows what is there', async () => {
  const cases: [text: string, rows: number, width: number, delimiter?: string][] = [
    ['\n'.repeat(SIZE), SIZE - 1, 1, ','],
    [`a,b\n${'\n'.repeat(SIZE)}`, SIZE, 2, ','],
    [`a,b\n${'1,2\n'.repeat(SIZE / 4)}`, SIZE / 4, 2],
    [`a,b\n${'"\n",'.repeat(SIZE / 4)}`, 0, SIZE / 4 + 1, ','],
    [`a b\n${'1 2\n'.repeat(SIZE / 4)}`, SIZE / 4, 2],
  ]
  for (const [text, rows, width, delimiter] of cases) {
    const { pause, count } = counting()
    const table = await readTable(text, pause, delimiter)
    assert.deepEqual([table.rows.length, table.width], [rows, width], JSON.stringify(text.slice(0, 20)))
    assert.ok(count() >= (rows > 1 ? SIZE / 30_000 : 1), `${JSON.stringify(text.slice(0, 20))}: ${count()}`)
    for (const row of table.rows.slice(0, 200)) assert.ok(row.length <= 200)
  }
  const odd = await readTable('A title\nname;value\na;"1\n2"\r\nb;\n', () => undefined)
  assert.deepEqual(
    [odd.above, odd.header, odd.rows.slice(0, 9)],
    [
      ['A title'],
      ['name', 'value'],
      [
        ['a', '1\n2'],
        ['b', ''],
      ],
    ],
  )
})

test('what stands between fields is found in steps of some thousand characters, also in quotes and in one wide line', async () => {
  for (const text of ['"a""b",'.repeat(SIZE / 7), '"'.repeat(SIZE), ','.repeat(SIZE), `${'"1",'.repeat(SIZE / 4)}`]) {
    const lines = Array.from({ length: 20 }, (_, at) => text.slice((at * SIZE) / 20, ((at + 1) * SIZE) / 20))
    for (const head of [lines, [text]]) {
      const { pause, count } = counting()
      const { records } = await findDialect({ first: 1, lines: head, isCut: false }, pause)
      assert.ok(records.every(({ fields }) => fields.length <= 5_001))
      assert.ok(count() >= 2 * head.length, `${text.slice(0, 8)}: ${count()} for ${head.length}`)
    }
  }
})

test('a long line with quotes has the fields that a short one has, and is refused where a short one is', async () => {
  for (const [line, fields] of [
    [`"a, ""b""",LONG,"c"`, 3],
    [`1,"LONG",2`, 3],
    [`"LONG,1`, undefined],
    [`"LONG"x,1`, undefined],
  ] as const) {
    const [short, long] = await Promise.all(
      ['x'.repeat(10), 'x'.repeat(60_000)].map(async (text) => {
        const { records } = await findDialect({ first: 1, lines: [line.replace('LONG', text)], isCut: false }, () => undefined, ',')
        return records[0]?.problem === undefined ? records[0]?.fields.map((field) => field.replace(text, 'LONG')) : undefined
      }),
    )
    assert.equal(long?.length, fields, line)
    if (fields !== undefined) assert.deepEqual(long, short)
  }
})

test('tables of nothing but marks are shown, edited and refused as tables with others beside them', async (t) => {
  const lab = await startLab(t)
  const page = async (path: string): Promise<string> => {
    const reply = await fetch(`${lab.url}${path}`, { headers: { accept: 'text/html', authorization: `Bearer ${lab.key}` } })
    assert.equal(reply.status, 200, path)
    return reply.text()
  }
  for (const [name, text, shown] of [
    ['lines.csv', `a,b\n${'\n'.repeat(SIZE)}`, /900,000 rows, 2 columns/],
    ['quotes.csv', `a\n${'"'.repeat(SIZE)}\n`, /1 row, 1 column/],
    ['columns.csv', `${','.repeat(SIZE / 2)}\n1\n`, /1 row, 450,001 columns, of which the first 200 are shown/],
  ] as const) {
    const data = Buffer.from(text).toString('base64')
    assert.equal((await lab.post(`/resources/lab/${name}`, { data })).status, 200)
    const html = await page(`/lab/${name}`)
    assert.match(html.replaceAll('\u202f', ','), shown)
    assert.ok(html.length < 100_000, `${name}: ${html.length}`)
    await page(`/lab/${name}?view=edit`)
  }
  const wide = await lab.post('/imports', {
    path: '/lab/level',
    data: Buffer.from(`${','.repeat(SIZE / 2)}\n`.repeat(2)).toString('base64'),
    dry_run: 1,
  })
  assert.match(wide.text, /more than 5000 columns/)
})
