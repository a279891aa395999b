/** Pages by the keyboard alone: everything is reached, shows that it has the focus, and the focus stays at a sensible place. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { refOf } from '../../src/sequences/sequences.ts'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Lab } from '../support/lab.ts'
import { focused, press, reach, untilFocused } from '../support/web-keys.ts'
import { startWebLab, untilLive } from '../support/web-lab.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

async function fill(lab: Lab, sequence: Resource, count: number, valueAt: (at: number) => number | string): Promise<void> {
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append(
    Array.from({ length: count }, (_, at) => ({ sequence: refOf(sequence), time: now - (count - at) * 60 * SECOND, value: valueAt(at) })),
  )
}

test('a folder: from row to row, selecting, renaming, deleting and bringing back; the focus stays with the rows', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (const name of ['alpha', 'beta', 'gamma']) await lab.post('/resources', { path: '/lab', name, type: 'basic_folder' })
  const page = await visit('/lab')
  await reach(page, 'alpha')
  await press(page, 'ArrowDown')
  assert.equal(await focused(page), 'beta')
  await press(page, 'End', 'ArrowDown')
  assert.equal(await focused(page), 'gamma')
  await press(page, 'Home', ' ')
  await page.getByText('1 selected').waitFor()
  await press(page, 'Shift+ArrowDown')
  await page.getByText('2 selected').waitFor()
  await press(page, 'Escape')
  await page.locator('#selection').waitFor({ state: 'hidden' })
  await press(page, 'Shift+Tab')
  assert.equal(await focused(page), 'Select beta')
  await press(page, 'ArrowDown', ' ')
  assert.deepEqual([await focused(page), await page.getByText('1 selected').count()], ['Select gamma', 1], 'from box to box')

  await press(page, 'F2')
  await untilFocused(page, 'Name')
  await press(page, 'Escape')
  await untilFocused(page, 'Select gamma')
  await press(page, 'F2')
  await untilFocused(page, 'Name')
  await page.keyboard.type('delta')
  await press(page, 'Enter')
  await page.getByText('Renamed to delta.').waitFor()
  await untilFocused(page, 'delta')
  await press(page, 'ArrowUp', 'Delete')
  await page.getByText('Deleted beta.').waitFor()
  await untilFocused(page, 'delta')
  assert.equal(lab.ctx.tree.find('/lab/beta'), undefined)
  await press(page, 'Control+z')
  await page.getByText('beta is back.').waitFor()
  await untilFocused(page, 'beta')
  assert.ok(lab.ctx.tree.find('/lab/beta'))

  for (const [name, next] of [
    ['beta', 'delta'],
    ['delta', 'alpha'],
  ] as const) {
    await press(page, 'Delete')
    await page.getByText(`Deleted ${name}.`).last().waitFor()
    await untilFocused(page, next)
  }
  await press(page, 'Delete')
  await page.getByText('Nothing here yet').waitFor()
  await untilFocused(page, 'New')
  await reach(page, 'Undo')
  await press(page, 'Enter')
  await untilFocused(page, 'beta')
  await press(page, 'Control+z')
  await untilFocused(page, 'alpha')
})

test('menus: the arrows lead through them, Escape and Tab out of them, and a dialog gives the focus back', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/lab')
  const menu = page.locator('details[open]')
  await reach(page, 'Account of admin@example.com')
  await press(page, 'Enter')
  await menu.waitFor()
  await press(page, 'Escape')
  assert.deepEqual([await menu.count(), await focused(page)], [0, 'Account of admin@example.com'])
  await press(page, 'ArrowUp')
  assert.equal(await menu.count(), 0)
  await press(page, 'ArrowDown', 'End')
  assert.equal(await focused(page), 'Sign out')
  await press(page, 'Tab')
  assert.equal(await menu.count(), 0, 'what one has left is closed')

  await reach(page, 'New')
  await press(page, 'ArrowDown', 'ArrowDown')
  assert.equal(await focused(page), 'Sequence')
  await press(page, 'ArrowUp', 'ArrowUp')
  assert.equal(await focused(page), 'Upload a folder', 'round and round')
  await press(page, 'ArrowDown', 'Enter')
  await untilFocused(page, 'Name')
  await press(page, 'Escape')
  await untilFocused(page, 'New')
  await press(page, 'ArrowDown', 'Enter')
  await untilFocused(page, 'Name')
  await page.keyboard.type('plants')
  await press(page, 'Enter')
  await page.getByRole('row', { name: 'plants' }).waitFor()
  await untilFocused(page, 'New')
  assert.ok(lab.ctx.tree.find('/lab/plants'))
})

test('a chart: moved and zoomed by keys, from the first value to the newest; live values take the focus from nothing', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, await lab.sequence('/lab/temperature', 1, { decimal_places: 0 }), 3_000, (at) => at % 50)
  await fill(lab, await lab.sequence('/lab/humidity'), 60, () => 50)
  const page = await visit('/lab/temperature?with=/lab/humidity&range=hour')
  const isReady = (): Promise<void> => page.locator('#chart-card[data-state="ready"][data-from]').waitFor()
  const span = async (): Promise<number[]> => {
    const { searchParams } = new URL(page.url())
    return [Date.parse(searchParams.get('from') ?? '') / 1000, Date.parse(searchParams.get('to') ?? '') / 1000]
  }
  await isReady()
  await untilLive(page)
  await reach(page, 'Chart')
  await press(page, '-')
  const [from = 0, to = 0] = await span()
  assert.ok(Math.abs(to - from - 7_200) < 10, `${to - from} seconds instead of 7,200`)
  await press(page, 'ArrowLeft')
  assert.ok(Math.abs(((await span())[0] ?? 0) - (from - 1_800)) < 2, 'a quarter back')
  await press(page, 'Home')
  const first = lab.ctx.clock.now() / SECOND - 3_000 * 60
  await page.waitForURL((url) => Date.parse(url.searchParams.get('from') ?? '') / 1000 < first)
  await page.locator('#chart-card[data-state="ready"]').waitFor()
  const [oldest = 0, end = 0] = await span()
  assert.ok(first - oldest < 300 && Math.abs(end - oldest - 7_200) < 10, 'the first value, in as long a stretch')
  await press(page, 'End')
  assert.ok(((await span())[1] ?? 0) > lab.ctx.clock.now() / SECOND - 120, 'the newest')

  const isOver = (): Promise<void> => page.locator('[data-legend="/lab/temperature"]', { hasText: '777' }).waitFor()
  await reach(page, 'Remove humidity from the chart', 'Shift+Tab')
  await lab.put('/resources', { values: { '/lab/temperature': 777 } })
  await isOver()
  assert.equal(await focused(page), 'Remove humidity from the chart', 'a new value takes nobody’s place')
  await press(page, 'Enter')
  await page.getByRole('button', { name: 'Remove humidity from the chart' }).waitFor({ state: 'detached' })
  await untilFocused(page, 'temperature')

  await reach(page, 'Download', 'Shift+Tab')
  await press(page, 'ArrowDown')
  assert.equal(await focused(page), 'Each value that is shown (CSV)')
  await lab.put('/resources', { values: { '/lab/temperature': 888 } })
  await page.locator('[data-legend="/lab/temperature"]', { hasText: '888' }).waitFor()
  assert.equal(await focused(page), 'Each value that is shown (CSV)')
  await press(page, 'Escape')
  assert.equal(await focused(page), 'Download')
  await reach(page, 'Change the sequence')
  await press(page, 'ArrowDown', 'ArrowDown', 'Enter')
  await page.getByRole('dialog', { name: 'Settings' }).waitFor()
  await press(page, 'Escape')
  await untilFocused(page, 'Change the sequence')
})

test('a log: older lines, new ones below, the rest of a long one; each ends in the list, which the arrows scroll', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, await lab.sequence('/lab/log', 2), 300, (at) => (at === 299 ? 'x'.repeat(9_000) : `info: reading ${at}`))
  const page = await visit('/lab/log')
  await untilLive(page)
  await reach(page, '… all of it (9.0 kB)')
  await press(page, 'Enter')
  await page.locator('[data-rest]').waitFor({ state: 'detached' })
  assert.equal(await focused(page), 'Lines of log')
  await reach(page, 'Older lines', 'Shift+Tab')
  await press(page, 'Enter')
  await page
    .locator('#lines li')
    .filter({ hasText: /reading 0$/ })
    .waitFor({ state: 'attached' })
  await untilFocused(page, 'Lines of log')
  await page.evaluate(
    "void (window.atTop = new Promise((resolve) => document.querySelector('#lines').addEventListener('scroll', ({ target }) => " +
      'target.scrollTop === 0 && resolve())))',
  )
  await press(page, 'Control+Home')
  await page.evaluate('window.atTop')
  await lab.put('/resources', { values: { '/lab/log': 'info: something new' } })
  await page.getByRole('button', { name: '1 new' }).waitFor()
  await reach(page, '1 new')
  await press(page, 'Enter')
  await page.locator('#log-new').waitFor({ state: 'hidden' })
  assert.equal(await focused(page), 'Lines of log')
  await reach(page, 'Grouped', 'Shift+Tab')
  await press(page, 'Enter')
  await page.waitForURL(/view=groups/)
})

test('images: through time by keys; a new one takes the focus from no other', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/camera', 3)
  const photo = (
    await sharp({ create: { width: 64, height: 48, channels: 3, background: 'green' } })
      .jpeg()
      .toBuffer()
  ).toString('base64')
  const now = lab.ctx.clock.now()
  for (let at = 4; at > 0; at--) await lab.put('/resources/lab/camera', { data: photo, timestamp: formatTimestamp(now - at * 60 * SECOND) })
  const page = await visit('/lab/camera')
  await untilLive(page)
  const place = (text: string): Promise<void> => page.locator('#picture-place', { hasText: text }).waitFor()
  await place('4 of 4')
  await reach(page, 'Image')
  await press(page, 'ArrowLeft', 'ArrowLeft')
  await place('2 of 4')
  const third = (await page.locator('#thumbnails [data-frame]').nth(1).getAttribute('aria-label')) ?? ''
  await reach(page, third)
  await lab.put('/resources/lab/camera', { data: photo })
  await place('of 5')
  assert.equal(await focused(page), third)
  await press(page, 'Enter')
  await place('3 of 5')
})

test('editors: out of a text by Tab, out of thousands of cells by Escape; an image file is zoomed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const put = (name: string, data: string): Promise<unknown> => lab.post(`/resources/lab/${name}`, { data })
  await put('notes.txt', base64('one'))
  await put('plan.csv', base64(`day,bed\n${'1,2\n'.repeat(5_000)}`))
  await put(
    'plant.png',
    (
      await sharp({ create: { width: 2_000, height: 1_000, channels: 3, background: 'green' } })
        .png()
        .toBuffer()
    ).toString('base64'),
  )
  const page = await visit('/lab/notes.txt')
  await reach(page, 'More actions')
  await press(page, 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown')
  assert.equal(await focused(page), 'Rename')
  await press(page, 'Enter')
  await untilFocused(page, 'Name')
  await press(page, 'Escape')
  await untilFocused(page, 'More actions')
  await reach(page, 'Edit', 'Shift+Tab')
  await press(page, 'Enter')
  await page.waitForURL(/view=edit/)
  await untilFocused(page, 'Text of notes.txt')
  await press(page, 'Control+End')
  await page.keyboard.type(' and two')
  await press(page, 'Shift+Tab')
  assert.equal(await focused(page), 'Save')
  await press(page, 'Enter')
  await page.getByText('one and two').waitFor()

  await page.goto('/lab/plan.csv?view=edit')
  await untilFocused(page, 'day, row 1')
  await press(page, 'ArrowDown', 'Tab')
  assert.equal(await focused(page), 'bed, row 2')
  await press(page, 'Escape')
  assert.equal(await focused(page), 'Row above')
  await press(page, 'Tab', 'Tab', 'Enter')
  await page.getByText('Row 2, bed').waitFor()
  await untilFocused(page, 'bed, row 2')
  await press(page, 'Control+s')
  await page.getByText('Saved.').waitFor()

  await page.goto('/lab/plant.png')
  await page.getByText(/shown at [4-6]\d %/).waitFor()
  await reach(page, 'Image')
  await press(page, '1')
  await page.getByText('shown at 100 %').waitFor()
  await press(page, '+')
  await page.getByText('shown at 150 %').waitFor()
  await press(page, '0')
  await page.getByText(/shown at [4-6]\d %/).waitFor()
})

test('members: invited, made an admin and removed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user('bob@example.com')
  const page = await visit('/lab?view=members')
  page.on('dialog', (dialog) => void dialog.accept())
  await reach(page, 'E-mail address')
  await page.keyboard.type('amy@example.com')
  await press(page, 'Enter')
  await page.getByLabel('Link of the invitation').waitFor()
  await reach(page, 'Copy')
  await reach(page, 'Make an admin: bob@example.com')
  await press(page, 'Enter')
  await page.getByRole('button', { name: 'Make a member: bob@example.com' }).waitFor()
  await reach(page, 'Make a member: bob@example.com')
  await reach(page, 'Remove bob@example.com')
  await press(page, 'Enter')
  await page.getByRole('heading', { name: 'Remove bob@example.com' }).waitFor()
  await reach(page, 'Remove and revoke the key')
  await press(page, 'Enter')
  await page.getByRole('heading', { name: 'Invite somebody' }).waitFor()
  await page.getByRole('row', { name: 'bob@example.com' }).waitFor({ state: 'detached' })
  await reach(page, 'Take back the invitation of amy@example.com')
})

test('a controller: all its tabs are reached, what is in them too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  const page = await visit('/lab/fridge')
  const walk: readonly (readonly [tab: string, then: string])[] = [
    ['State and log', 'Watching'],
    ['Watching', 'Minutes of silence'],
    ['Keys', 'Make a key'],
    ['Messages', 'Type'],
    ['Permissions', 'Add the line'],
    ['Contents', 'New'],
  ]
  for (const [tab, then] of walk) {
    await reach(page, tab)
    await press(page, 'Enter')
    await page.getByRole('link', { name: tab, exact: true }).and(page.locator('[aria-current]')).waitFor()
    await reach(page, then)
  }
})

test('a list that renews itself leaves the focus where it is', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/notifications', { recipient: 'ann@example.com' })
  const page = await visit('/-/system/messages')
  const name = (await page.getByRole('rowheader').getByRole('link').innerText()).trim()
  await reach(page, name)
  await lab.post('/notifications', { recipient: '+15551234567' })
  await page.evaluate("dispatchEvent(new Event('online'))")
  await page.getByRole('cell', { name: '+15551234567' }).waitFor()
  assert.equal(await focused(page), name)
  await press(page, 'Enter')
  await page.getByText('ann@example.com').waitFor()
})
