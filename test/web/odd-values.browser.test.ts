/** Pages tell the truth of values that are far from usual: huge ones, values of the future, and none that is not masked. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { DAY, MINUTE } from '../../src/base/time.ts'
import { readTrends } from '../../src/resources/folder-contents.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { requireNoSidewaysScroll, PHONE, startWebLab } from '../support/web-lab.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('a chart on which every value is masked says so, and one without values says that, also when it has a mask', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const now = lab.ctx.clock.now()
  const bad = await lab.sequence('/lab/bad', 1)
  await lab.sequence('/lab/empty', 1)
  await lab.ctx.sequences.append([1, 2, 3].map((value) => ({ sequence: refOf(bad), time: now - value * MINUTE, value })))
  for (const path of ['/lab/bad', '/lab/empty']) {
    const mask = await lab.post('/sequences/masks', { path, start_timestamp: '2020-01-01T00:00:00Z', note: 'fan off' })
    assert.equal(mask.status, 200, mask.text)
  }
  const page = await visit('/lab/bad')
  await page.getByText('Every value is masked as bad. They stay stored:').waitFor()
  await page.goto('/lab/empty')
  await page.getByText('No values yet.').waitFor()
  const { masks } = (await lab.get('/sequences/masks', { path: '/lab/bad' })).json as { masks: { id: number }[] }
  assert.equal((await lab.delete('/sequences/masks', { path: '/lab/bad', id: masks[0]?.id })).status, 200)
  await page.goto('/lab/bad')
  await page.locator('#chart-card[data-values="3"]').waitFor()
})

test('the trend beside a newest value ends with it: what is stamped ahead of the clock is no part of it', async (t) => {
  const { lab } = await startWebLab(t)
  const now = lab.ctx.clock.now()
  const sequence = await lab.sequence('/lab/ahead', 1)
  await lab.ctx.sequences.append([-2, -1, 100, 200].map((at) => ({ sequence: refOf(sequence), time: now + at * DAY, value: at })))
  const trend = (await readTrends(lab.ctx, { kind: 'user', userId: lab.adminId, isSystemAdmin: true }, [sequence.id])).get(sequence.id)
  assert.deepEqual(trend?.values, [-2, -1])
})

/** Where lines of the first colour, a green, are drawn on the page's first chart: from 0 at the top to 1 at the bottom. */
const GREEN_ROWS = `(() => {
  const canvas = document.querySelector('main canvas')
  const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const rows = new Set()
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 100 && data[at + 1] - data[at] > 40) rows.add(Math.floor(at / 4 / width) / height)
  return [...rows]
})()`

async function savedSvg(page: Page): Promise<string> {
  await page.locator('summary', { hasText: 'Download' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'The chart as a picture (SVG)' }).click(),
  ])
  return readFile(await download.path(), 'utf8')
}

test('a chart of numbers whose difference is more than a number can hold draws them, also as a file', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const now = lab.ctx.clock.now()
  const huge = await lab.sequence('/lab/huge', 1, { units: 'V' })
  const values = [-1e308, 1e308, -1.7e308, Number.MAX_VALUE, 0]
  await lab.ctx.sequences.append(values.map((value, at) => ({ sequence: refOf(huge), time: now - (9 - at) * MINUTE, value })))
  const page = await visit('/lab/huge')
  await page.locator('#chart-card[data-values="5"]').waitFor()
  const rows = await page.evaluate<number[]>(GREEN_ROWS)
  assert.ok(Math.min(...rows) < 0.25 && Math.max(...rows) > 0.6, `from ${Math.min(...rows)} to ${Math.max(...rows)}`)
  const svg = await savedSvg(page)
  assert.doesNotMatch(svg, /NaN|Infinity/)
  const heights = [...svg.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y))
  assert.ok(Math.max(...heights) - Math.min(...heights) > 250, heights.join())
  assert.match(svg, /10\^308/)
})

test('a chart of numbers close to zero draws them with an axis', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const now = lab.ctx.clock.now()
  const tiny = await lab.sequence('/lab/current', 1, { units: 'A' })
  await lab.ctx.sequences.append(
    [1, 4, 2, 3].map((value, at) => ({ sequence: refOf(tiny), time: now - (9 - at) * MINUTE, value: value * 1e-30 })),
  )
  const page = await visit('/lab/current')
  await page.locator('#chart-card[data-values="4"]').waitFor()
  const rows = await page.evaluate<number[]>(GREEN_ROWS)
  assert.ok(Math.min(...rows) < 0.25 && Math.max(...rows) > 0.6, `from ${Math.min(...rows)} to ${Math.max(...rows)}`)
  assert.match(await savedSvg(page), />2\.000\u202f×\u202f10\^\u221230</)
})

test('numbers of any length keep to their place in a tile, on a phone too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const names = ['huge', 'tiny', 'long', 'small']
  for (const [at, name] of names.entries()) {
    await lab.sequence(`/lab/${name}`, 1, { units: 'arbitrary units of absorption' })
    await lab.put('/resources', { values: { [`/lab/${name}`]: [-1e308, 4.9e-324, -123456.789, 1][at] } })
  }
  const board = `tiles:\n  - kind: values\n    sequences: [${names.join(', ')}]\n`
  await lab.post('/resources/lab/wall.dashboard', { data: base64(board) })
  for (const look of [{}, PHONE]) {
    const page = await visit('/lab/wall.dashboard', look)
    await page.getByText('10^308').waitFor()
    const beyond = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.newest-list li')].flatMap((one) => { const text = one.querySelector('.newest-text'); " +
        'return text.getBoundingClientRect().right > one.getBoundingClientRect().right + 1 || text.scrollWidth > text.clientWidth + 1 ' +
        '? [text.textContent] : [] })',
    )
    assert.deepEqual(beyond, [])
    await requireNoSidewaysScroll(page, 'a tile of long numbers')
  }
})
