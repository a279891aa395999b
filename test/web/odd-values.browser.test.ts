/** Pages tell the truth of values that are far from usual: huge ones, values of the future, and none that is not masked. */
import assert from 'node:assert/strict'
import test from 'node:test'
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
