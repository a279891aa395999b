/** The chart of a numeric sequence in a real browser: live, through time, several at once, and what its owner may do. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page, Request } from 'playwright-core'
import { refOf } from '../../src/sequences/sequences.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

/** A value every `step` seconds up to now. */
async function fill(
  lab: Lab,
  sequence: Resource,
  count: number,
  step: number,
  valueAt: (at: number) => number | undefined = (at) => 20 + Math.sin(at / 50) * 5,
): Promise<void> {
  const now = lab.ctx.clock.now()
  const rows = Array.from({ length: count }, (_, at) => ({
    sequence: refOf(sequence),
    time: now - (count - 1 - at) * step * SECOND,
    value: valueAt(at),
  })).filter((row) => row.value !== undefined)
  for (let from = 0; from < rows.length; from += 10_000)
    await lab.ctx.sequences.append(rows.slice(from, from + 10_000).map((row) => ({ ...row, value: row.value ?? 0 })))
}

/** Waits until the chart shows what was asked for. */
const ready = (page: Page): Promise<void> => page.locator('#chart-card[data-state="ready"] .u-over').waitFor({ state: 'attached' })
const fact = async (page: Page, name: string): Promise<number> => Number(await page.locator('#chart-card').getAttribute(`data-${name}`))
const isPoints = (request: Request): boolean => request.url().includes('max_points')

/** Acts, and waits for the request of points that follows and for the chart that shows them. */
async function untilFetched(page: Page, act: () => Promise<unknown>): Promise<URL> {
  const [response] = await Promise.all([page.waitForResponse((one) => isPoints(one.request())), act()])
  await response.finished()
  await ready(page)
  return new URL(response.url())
}

test('a chart gains points from a controller by WebSocket, and after a loss those that it missed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  await fill(lab, await lab.sequence('/lab/fridge/temperature', 1, { units: 'C', decimal_places: 1 }), 30, 60)
  const folder = await visit('/lab/fridge')
  await folder.getByRole('link', { name: 'temperature', exact: true }).click()
  await folder.locator('#chart-card').waitFor()
  await folder.close()

  const page = await visit('/lab/fridge/temperature?range=hour')
  await ready(page)
  await untilLive(page)
  assert.equal(await fact(page, 'values'), 30)
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update_sequence', { sequence: 'temperature', value: 31.25 })
  await page.locator('#newest-value', { hasText: '31.3\u202f°C' }).waitFor()
  await page.locator('#chart-card[data-values="31"]').waitFor()
  await page.locator('[data-legend]', { hasText: '31.3\u202f°C' }).waitFor()

  await page.context().setOffline(true)
  await page.evaluate("dispatchEvent(new Event('pagehide'))")
  await page.locator('html[data-live="off"]').waitFor({ state: 'attached' })
  await page.getByText('The server is out of reach').waitFor()
  await peer.tell('update_sequence', { sequence: 'temperature', value: 12 })
  await peer.tell('update_sequence', { sequence: 'temperature', value: 13 })
  await page.context().setOffline(false)
  await page.evaluate("dispatchEvent(new Event('online'))")
  await page.locator('#chart-card[data-values="33"]').waitFor()
  await page.locator('#newest-value', { hasText: '13.0\u202f°C' }).waitFor()
  await requireAccessible(page, 'a chart')
})

test('zooming and moving by keys, buttons, dragging and wheel fetch finer data; the address leads back to the same', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, await lab.sequence('/lab/temperature'), 20_000, 10)
  const page = await visit('/lab/temperature?range=week')
  await ready(page)
  const [whole, points] = [await fact(page, 'values'), await fact(page, 'points')]
  assert.ok(whole > 19_000 && points < 2_000, `${points} points of ${whole} values`)
  // The last point is a mean, which is no value that was measured.
  assert.equal(await page.locator('[data-legend]').textContent(), await page.locator('#newest-value').textContent())
  const length = async (): Promise<number> => (await fact(page, 'to')) - (await fact(page, 'from'))
  const week = await length()

  const url = await untilFetched(page, () => page.getByRole('button', { name: 'Zoom in' }).click())
  const asked = (Date.parse(url.searchParams.get('end_timestamp') ?? '') - Date.parse(url.searchParams.get('start_timestamp') ?? '')) / 1000
  assert.ok(Math.abs(asked / week - 0.6) < 0.01, `asked for ${asked} s of ${week} s: half, and a margin`)
  assert.ok(Math.abs((await length()) / week - 0.5) < 0.001)

  await page.locator('#chart').focus()
  await untilFetched(page, () => page.keyboard.press('End'))
  for (let at = 0; at < 6; at++) await untilFetched(page, () => page.keyboard.press('+'))
  const from = await fact(page, 'from')
  await untilFetched(page, () => page.keyboard.press('ArrowLeft'))
  assert.ok((await fact(page, 'from')) < from)

  // So close that each value stands by itself.
  await untilFetched(page, () => page.keyboard.press('+'))
  await untilFetched(page, () => page.keyboard.press('+'))
  assert.equal(await fact(page, 'points'), await fact(page, 'values'))

  const box = await page.locator('.u-over').boundingBox()
  assert.ok(box)
  const before = await length()
  await untilFetched(page, async () => {
    await page.mouse.move(box.x + box.width * 0.25, box.y + 50)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.75, box.y + 60, { steps: 4 })
    await page.mouse.up()
  })
  assert.ok(Math.abs((await length()) / before - 0.5) < 0.02)
  await untilFetched(page, () => page.mouse.wheel(300, 0))
  await page.keyboard.press('Shift+ArrowLeft')
  assert.match((await page.locator('#reading').textContent()) ?? '', /^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: \d/)

  const shown = [await fact(page, 'from'), await fact(page, 'to')]
  const link = page.url()
  assert.match(link, /from=.*&to=/)
  const other = await visit(link)
  await ready(other)
  assert.deepEqual([await fact(other, 'from'), await fact(other, 'to')].map(Math.round), shown.map(Math.round))
  assert.equal(await other.locator('#span-button').getAttribute('aria-pressed'), 'true')
  await untilFetched(other, () => other.getByRole('button', { name: 'Day', exact: true }).click())
  assert.equal(new URL(other.url()).search, '?range=day')
  await untilFetched(other, () => other.getByRole('button', { name: 'Newest', exact: true }).click())
  assert.equal(new URL(other.url()).search, '')
  // 300 values, one each 10 s.
  assert.ok(Math.abs((await fact(other, 'values')) - 300) < 20)
})

test('a finger moves the chart and two zoom it; the page keeps its width', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, await lab.sequence(`/lab/${'temperature-of-the-far-greenhouse-'.repeat(4)}`), 600, 60)
  const page = await visit(`/lab/${'temperature-of-the-far-greenhouse-'.repeat(4)}`, PHONE)
  await ready(page)
  await requireNoSidewaysScroll(page, 'a chart on a phone')
  await requireAccessible(page, 'a chart on a phone')
  await page.locator('.u-over').scrollIntoViewIfNeeded()
  const box = await page.locator('.u-over').boundingBox()
  assert.ok(box)
  const touch = await page.context().newCDPSession(page)
  const send = (type: string, ...xs: number[]) =>
    touch.send('Input.dispatchTouchEvent', {
      type: type as 'touchStart',
      touchPoints: xs.map((x, id) => ({ x: box.x + box.width * x, y: box.y + 80, id })),
    })
  const [from, to] = [await fact(page, 'from'), await fact(page, 'to')]
  await untilFetched(page, async () => {
    await send('touchStart', 0.3)
    await send('touchMove', 0.5)
    await send('touchMove', 0.8)
    await send('touchEnd')
  })
  const moved = [await fact(page, 'from'), await fact(page, 'to')]
  assert.ok((moved[0] ?? 0) < from && Math.abs((moved[1] ?? 0) - (moved[0] ?? 0) - (to - from)) < 1)
  await send('touchStart', 0.4, 0.6)
  await send('touchMove', 0.3, 0.7)
  await send('touchMove', 0.2, 0.8)
  await send('touchEnd')
  // Points of the first gesture may still come in.
  await waitFor('two fingers zoom', async () => (await fact(page, 'to')) - (await fact(page, 'from')) < (to - from) * 0.6)
})

test('several sequences with two units on one chart; a table; downloads of what is shown; HTML in a name is text', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const named = '/lab/<img src=x onerror=alert(1)>'
  await fill(lab, await lab.sequence(named, 1, { units: 'C', decimal_places: 1 }), 60, 60, (at) => (at > 20 && at < 40 ? undefined : at))
  await fill(lab, await lab.sequence('/lab/humidity', 1, { units: '%' }), 60, 60)
  await fill(lab, await lab.sequence('/lab/far/away/humidity 2', 1, { units: '%' }), 60, 60)
  await lab.sequence('/lab/pictures', 3)
  const page = await visit(`${named.split('/').map(encodeURIComponent).join('/')}?range=hour`)
  await ready(page)
  assert.equal(await fact(page, 'gaps'), 1)

  await page.getByRole('button', { name: 'Compare' }).click()
  assert.deepEqual(await page.locator('#add-results strong').allInnerTexts(), ['humidity'])
  await page.getByLabel('Name or path of a sequence').fill('far')
  await requireAccessible(page, 'choosing a sequence')
  await page.getByRole('button', { name: 'humidity 2' }).click()
  await page.getByRole('list', { name: 'Sequences on the chart' }).getByRole('link', { name: 'humidity 2' }).waitFor()
  await page.locator('#chart-card[data-values="101"]').waitFor()
  assert.equal(await page.locator('.u-axis').count(), 3)
  assert.equal(new URL(page.url()).searchParams.get('with'), '/lab/far/away/humidity 2')

  await page.getByRole('button', { name: 'Table' }).click()
  await page.getByRole('cell', { name: '59.0\u202f°C' }).waitFor()
  assert.equal(await page.locator('#table tbody tr').count(), 101)
  await requireAccessible(page, 'the table of a chart')
  await page.reload()
  await page.getByRole('cell', { name: '59.0\u202f°C' }).waitFor()

  await page.locator('summary', { hasText: 'Download' }).click()
  const links = await page.locator('#downloads a').evaluateAll((found) => found.map((one) => (one as unknown as { href: string }).href))
  assert.equal(links.length, 7, 'each of the two, the means, what is stored, with notes, the notes, a data set')
  const each = await lab.get(`${new URL(links[0] ?? '').pathname.slice('/api/v1'.length)}${new URL(links[0] ?? '').search}`)
  assert.equal(each.text.trim().split('\n').length, 42)
  const both = await lab.get(`${new URL(links[2] ?? '').pathname.slice('/api/v1'.length)}${new URL(links[2] ?? '').search}`)
  assert.match(both.text, /^timestamp,.*humidity 2/)

  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Remove humidity 2 from the chart' }).click()
  await page.locator('#chart-card[data-values="41"]').waitFor()
  await page.goto(`${page.url()}&with=/lab/pictures&with=/lab/nothing`)
  await page.getByText('/lab/pictures is not on the chart: /lab/pictures holds no numbers').waitFor()
  await page.getByText('/lab/nothing is not on the chart').waitFor()
})

test('no value, one value, and a time without any say so', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/none')
  const one = await lab.sequence('/lab/one')
  const page = await visit('/lab/none')
  await ready(page)
  await page.getByText('No values yet.').waitFor()
  await requireAccessible(page, 'an empty chart')
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/none': 7 } })
  await page.locator('#newest-value', { hasText: '7' }).waitFor()
  await page.locator('#chart-card[data-points="1"]').waitFor()
  await page.getByText('No values yet.').waitFor({ state: 'hidden' })

  await lab.ctx.sequences.append([{ sequence: refOf(one), time: Date.UTC(2020, 0, 1) * 1000, value: 5 }])
  for (const range of ['', '?range=all', '?range=year']) {
    await page.goto(`/lab/one${range}`)
    await ready(page)
    assert.equal(await fact(page, 'points'), 1, range)
  }
  await page.goto('/lab/one?from=2019-01-01T00:00:00Z&to=2019-02-01T00:00:00Z')
  await page.getByText('There are no values in this time. The newest came').waitFor()
  await page.getByRole('button', { name: 'From – to' }).click()
  await page.locator('#span-from').fill('2020-01-02T00:00:00')
  await page.locator('#span-to').fill('2020-01-01T00:00:00')
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await page.getByText('The first time must be before the second.').waitFor()
  await page.locator('#span-from').fill('2019-12-31T00:00:00')
  await page.locator('#span-to').fill('2020-01-02T00:00:00')
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await page.locator('#chart-card[data-points="1"]').waitFor()
})

test('settings are changed and refused in words; values are counted and deleted; who may only read sees neither', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const sequence = await lab.sequence('/lab/temperature', 1, { units: 'C' })
  await fill(lab, sequence, 50, 60, (at) => at)
  const page = await visit('/lab/temperature?range=hour')
  await ready(page)
  const change = async (item: string): Promise<void> => {
    await page.getByLabel('Change the sequence').click()
    await page.getByRole('button', { name: item }).click()
  }
  await change('Settings')
  await page.getByLabel('For how long').fill('nonsense')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#settings [data-problem]', { hasText: 'max age' }).waitFor()
  await requireAccessible(page, 'settings with a problem')
  await page.getByLabel('For how long').fill('90d')
  await page.getByRole('textbox', { name: 'Units' }).fill('')
  await page.getByLabel('Decimals').fill('2')
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Save' }).click()])
  await page.locator('#newest-value', { hasText: /^49\.00$/ }).waitFor()
  assert.equal(sequence.sequence?.units, undefined)
  assert.equal(sequence.sequence?.decimalPlaces, 2)
  assert.equal(sequence.sequence?.maxAge, 90 * 86_400 * SECOND)

  await change('Delete values')
  await page.getByLabel('Only those that are').fill('value > > 3')
  await page.getByRole('button', { name: 'Count them' }).click()
  await page.locator('#removal [data-problem]:visible').waitFor()
  await page.getByLabel('Only those that are').fill('value >= 40')
  await page.getByRole('button', { name: 'Count them' }).click()
  await page.getByText('10 values would be deleted.').waitFor()
  assert.equal(await lab.ctx.sequences.count(refOf(sequence), {}), 50)
  await requireAccessible(page, 'deleting values')
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Delete 10' }).click()])
  await page.locator('#newest-value', { hasText: '39.00' }).waitFor()
  assert.equal(await lab.ctx.sequences.count(refOf(sequence), {}), 40)

  const { id } = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab', {
    permissions: [
      [110, lab.organization.id, 20],
      [130, id, 10],
    ],
  })
  const guest = await visit('/lab/temperature?range=hour', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await ready(guest)
  assert.equal(await fact(guest, 'values'), 40)
  assert.equal(await guest.getByLabel('Change the sequence').count(), 0)
  assert.equal(await guest.locator('#settings, #removal').count(), 0)
})

test('the page of a chart comes in less than 150 kB', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, await lab.sequence('/lab/temperature'), 20_000, 4)
  const page = await visit('about:blank')
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
  await page.goto('/lab/temperature')
  await ready(page)
  t.diagnostic(`${bytes} bytes`)
  assert.ok(bytes > 10_000 && bytes < 150_000, `${bytes} bytes`)
})

test('printed, a chart fits the paper in the colours of the light theme, and comes back as it was', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, await lab.sequence('/lab/temperature'), 100, 60)
  const page = await visit('/lab/temperature', { colorScheme: 'dark' })
  await ready(page)
  const look = () =>
    page.evaluate<[string, number]>("[document.documentElement.dataset.theme, document.querySelector('.uplot').clientWidth]")
  const before = await look()
  assert.ok(before[0] !== 'light' && before[1] > 900)
  await page.evaluate("dispatchEvent(new Event('beforeprint'))")
  assert.deepEqual(await look(), ['light', 680])
  await page.evaluate("dispatchEvent(new Event('afterprint'))")
  assert.deepEqual(await look(), before)
})

test('times are those of the browser, or of UTC when one says so, also in what is typed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const sequence = await lab.sequence('/lab/temperature')
  await lab.ctx.sequences.append([{ sequence: refOf(sequence), time: Date.UTC(2026, 0, 31, 20) * 1000, value: 5 }])
  const page = await visit('/lab/temperature?from=2026-01-31T19:30:00Z&to=2026-01-31T20:30:00Z', { timezoneId: 'America/Los_Angeles' })
  await page.getByText('2026-01-31 11:30:00 to 2026-01-31 12:30:00 America/Los_Angeles · 1 value').waitFor()
  await page.getByLabel('Time zone').selectOption('UTC')
  await page.getByText('2026-01-31 19:30:00 to 2026-01-31 20:30:00 UTC · 1 value').waitFor()
  assert.equal(new URL(page.url()).searchParams.get('zone'), 'UTC')
  await page.getByLabel('Time zone').selectOption('')
  await page.getByRole('button', { name: 'From – to' }).click()
  assert.match(await page.locator('#span-from').inputValue(), /^2026-01-31T11:30/)
  await page.locator('#span-from').fill('2026-01-31T11:45:00')
  await page.getByRole('button', { name: 'Show', exact: true }).click()
  await page.waitForURL(/from=2026-01-31T19%3A45/)
})

test('one extreme in seconds of values after days without any is seen over a month', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const sequence = await lab.sequence('/lab/freezer')
  const start = Date.parse('2026-01-01T00:00:00Z') * 1000
  const at = (day: number, seconds: number, value: number): { sequence: ReturnType<typeof refOf>; time: number; value: number } => ({
    sequence: refOf(sequence),
    time: start + Math.round((day * 86_400 + seconds) * SECOND),
    value,
  })
  const hourly = (day: number) => Array.from({ length: 200 }, (_, hour) => at(day, hour * 3_600, 4 + (hour % 2)))
  const seconds = Array.from({ length: 4_000 }, (_, milli) => at(15, milli / 1_000, milli === 1_234 ? 85 : 4))
  await lab.ctx.sequences.append([...hourly(2), ...seconds, ...hourly(21)])
  const page = await visit('/lab/freezer?from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z')
  await ready(page)
  // The dot is far above all others: the highest of the line's colour.
  const highest = (): Promise<number> =>
    page.evaluate<number>(`(() => {
      const canvas = document.querySelector('#chart-card canvas')
      const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      const probe = document.createElement('canvas').getContext('2d')
      probe.fillStyle = getComputedStyle(document.querySelector('#legend .line-swatch')).backgroundColor
      probe.fillRect(0, 0, 1, 1)
      const colour = probe.getImageData(0, 0, 1, 1).data
      const isLine = (at) => data[at * 4 + 3] > 200 && [0, 1, 2].every((part) => Math.abs(data[at * 4 + part] - colour[part]) < 8)
      for (let at = 0; at < width * height; at++) if (isLine(at)) return at / width / height
      return 1
    })()`)
  assert.ok((await highest()) < 0.3, `the highest is at ${await highest()} of the chart`)
})
