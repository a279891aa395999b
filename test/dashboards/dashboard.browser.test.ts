/** A dashboard in the browser: made, arranged by pointer and by keys, saved, followed live, and on a wall over a restart of the server. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { findFreePort } from '../support/free-port.ts'
import { startLab } from '../support/lab.ts'
import { makeVisits, PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const untilRead = (page: Page): Promise<void> => page.locator('#board[data-read]').waitFor()

test('a dashboard is made, arranged by pointer and keys, and saved; values come live, and a phone shows it', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/fridge/temperature', 1, { units: '°C', decimal_places: 1 })
  await lab.sequence('/lab/fridge/door', 2)
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 4.2, '/lab/fridge/door': 'closed' } })
  const page = await visit('/lab/fridge', { viewport: { width: 1280, height: 1400 } })
  await page.locator('summary', { hasText: 'New' }).click()
  await page.getByRole('button', { name: 'Dashboard' }).click()
  await page.locator('#new-dashboard-name').fill('index')
  await page.getByRole('button', { name: 'Make the dashboard' }).click()
  await page.waitForURL(/index\.dashboard\?edit=1/)

  const add = async (kind: string): Promise<void> => {
    await page.locator('#edit-bar summary', { hasText: 'Add a tile' }).click()
    await page.getByRole('button', { name: kind, exact: true }).click()
  }
  await add('Newest values')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Sequences').fill('nowhere')
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('There is no resource "/lab/fridge/nowhere".').waitFor()
  await page.getByRole('button', { name: /^Settings of/ }).click()
  await dialog.getByLabel('Sequences').fill('*')
  await dialog.getByLabel('Title').fill('Now')
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.locator('.panel[data-kind="values"]').getByText('4.2').waitFor()
  await add('Chart')
  await dialog.getByLabel('Sequences of numbers').fill('temperature')
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.locator('.panel[data-kind="chart"] canvas').waitFor()
  await add('Text')
  await dialog.getByLabel('Markdown').fill('Ask **Ann**.')
  await dialog.getByRole('button', { name: 'Apply' }).click()
  await page.locator('.panel strong', { hasText: 'Ann' }).waitFor()
  await requireAccessible(page, 'a dashboard that is changed')

  // By keys: two to the right, and one narrower.
  await page.getByRole('button', { name: 'Move Now', exact: true }).focus()
  for (const key of ['ArrowRight', 'ArrowRight', 'Shift+ArrowLeft']) await page.keyboard.press(key)
  await page.getByText('Column 3, row 1, 3 wide, 3 high').waitFor()
  // By pointer: the text, over the values, which make room for it.
  const handle = await page.getByRole('button', { name: 'Move Text', exact: true }).boundingBox()
  const values = await page.locator('.panel[data-kind="values"]').boundingBox()
  assert.ok(handle && values)
  const text = await page.locator('.panel[data-kind="text"]').boundingBox()
  assert.ok(text)
  await page.mouse.move(handle.x + 10, handle.y + 10)
  await page.mouse.down()
  await page.mouse.move(handle.x + 20, handle.y + 10 + (values.y - text.y), { steps: 4 })
  await page.mouse.up()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#edit-board').waitFor()
  const stored = (await lab.get('/resources/lab/fridge/index.dashboard')).text
  assert.match(stored, /kind: values\n {4}title: Now\n {4}sequences:\n {6}- "\*"\n {4}place: \{ x: 2, y: 2, width: 3, height: 3 \}/)
  assert.match(stored, /kind: text\n {4}text: Ask \*\*Ann\*\*\.\n {4}place: \{ x: 0, y: 0, width: 4, height: 2 \}/)

  await page.goto('/lab/fridge')
  await untilRead(page)
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 5.6, '/lab/fridge/door': 'open' } })
  await page.locator('.panel[data-kind="values"]').getByText('5.6').waitFor()
  await page.locator('.panel[data-kind="values"]').getByText('open').waitFor()
  await page.locator('.panel-legend').getByText('5.6').waitFor()
  await requireAccessible(page, 'a dashboard')
  await page.getByRole('link', { name: 'Contents' }).click()
  await page.getByRole('link', { name: 'temperature' }).waitFor()

  const phone = await visit('/lab/fridge', { ...PHONE, colorScheme: 'dark' })
  await untilRead(phone)
  await requireNoSidewaysScroll(phone, 'a dashboard')
  await requireAccessible(phone, 'a dashboard on a phone in the dark')
})

test('on a wall it survives a restart, says how old it is meanwhile, reads what was missed, and follows changes of its file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-wall-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const port = await findFreePort()
  const first = await startLab(t, { folder, settings: { PORT: port } })
  for (const house of ['north', 'south']) {
    await first.sequence(`/lab/houses/${house}/temperature`, 1, { decimal_places: 1 })
    await first.put('/resources', { values: { [`/lab/houses/${house}/temperature`]: house === 'north' ? 20.1 : 30.1 } })
  }
  await first.post('/resources/lab/houses/wall.dashboard', {
    data: base64('variables: { house: /lab/houses/* }\ntiles:\n  - kind: values\n    sequences: $house/temperature\n'),
  })
  const page = await makeVisits(t, first)('/lab/houses')
  await page.clock.install()
  await page.goto('/lab/houses/wall.dashboard?wall=1')
  await untilRead(page)
  await untilLive(page)
  await page.getByText('20.1').waitFor()
  assert.equal(await page.locator('#edit-board').isVisible(), false)
  await page.getByLabel('house').selectOption('south')
  await page.waitForURL(/house=south/)
  assert.match(page.url(), /wall=1/)
  await page.getByText('30.1').waitFor()
  await untilLive(page)

  await first.stop()
  await page.getByText('Nothing was heard from the server since').waitFor()
  // A night without network: it goes on trying, and shows what it has, with its age.
  await page.clock.fastForward('09:00:00')
  await page.getByText('9 hours ago').first().waitFor()
  await page.locator('.panel[data-kind="values"]').getByText('30.1').waitFor()
  const again = await startLab(t, { folder, settings: { PORT: port } })
  await again.put('/resources', { values: { '/lab/houses/south/temperature': 31.7 } })
  await page.clock.fastForward(31_000)
  await page.getByText('31.7').waitFor()
  await page.getByText('Nothing was heard from the server since').waitFor({ state: 'hidden' })
  await untilLive(page)
  await again.put('/resources', { values: { '/lab/houses/south/temperature': 32.4 } })
  await page.getByText('32.4').waitFor()

  await again.put('/resources/lab/houses/wall.dashboard', { data: base64('tiles:\n  - kind: text\n    text: Closed today\n') })
  // As when somebody turns the screen on.
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await page.getByText('Closed today').waitFor()
  assert.match(page.url(), /wall=1/)
})

test('on a tablet a tile is made larger with a finger on its corner', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources/lab/wall.dashboard', {
    data: base64('tiles:\n  - { kind: text, text: Hello, place: { x: 0, y: 0, width: 4, height: 2 } }\n'),
  })
  const page = await visit('/lab/wall.dashboard', { viewport: { width: 1024, height: 1000 }, hasTouch: true, isMobile: true })
  await untilRead(page)
  await page.locator('#edit-board').tap()
  const corner = await page.locator('.panel-corner').boundingBox()
  const panel = await page.locator('.panel').boundingBox()
  assert.ok(corner && panel && corner.width >= 40 && corner.height >= 40, 'large enough for a finger')
  const [x, y] = [corner.x + corner.width / 2, corner.y + corner.height / 2]
  const finger = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]): Promise<unknown> =>
    finger.send('Input.dispatchTouchEvent', { type, touchPoints })
  await touch('touchStart', { x, y })
  for (const part of [0.25, 0.5, 0.75, 1]) await touch('touchMove', { x: x + (part * panel.width) / 2, y: y + (part * panel.height) / 2 })
  await touch('touchEnd')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#edit-board').waitFor()
  const stored = (await lab.get('/resources/lab/wall.dashboard')).text
  assert.match(stored, /width: 6, height: 3/)
})

test('in full screen on a phone each tile has the room that its content needs, and the page scrolls', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const names = ['north', 'south', 'east', 'west']
  for (const name of names) await lab.sequence(`/lab/${name}`, 1, { units: 'C' })
  await lab.put('/resources', { values: Object.fromEntries(names.map((name, at) => [`/lab/${name}`, at])) })
  const tiles = [
    'kind: values\n    sequences: "*"',
    'kind: alarms',
    ...Array.from({ length: 3 }, () => 'kind: chart\n    sequences: "*"'),
    'kind: states\n    sequences: "*"',
  ]
  await lab.post('/resources/lab/wall.dashboard', { data: base64(`tiles:\n${tiles.map((tile) => `  - ${tile}\n`).join('')}`) })
  const page = await visit('/lab/wall.dashboard?wall=1', PHONE)
  await untilRead(page)
  const squeezed = await page.evaluate<string[]>(
    "[...document.querySelectorAll('.panel')].flatMap((panel) => { const body = panel.querySelector('.panel-body'); " +
      'const inner = panel.getBoundingClientRect().bottom - body.getBoundingClientRect().bottom; ' +
      'return inner < 0 || body.scrollHeight > body.clientHeight + 1 ? [panel.dataset.kind] : [] })',
  )
  assert.deepEqual(squeezed, [])
  await requireNoSidewaysScroll(page, 'a wall on a phone')
})

test('printed from a desk or a phone, its tiles stand as on a desk, and charts fit them in the colours of the light theme', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/fridge/temperature', 1, { units: '°C' })
  await lab.put('/resources', { values: { '/lab/fridge/temperature': 4.2 } })
  const text = `tiles:
  - kind: chart
    sequences: [temperature]
    place: { x: 0, y: 0, width: 8, height: 4 }
  - kind: values
    sequences: [temperature]
    place: { x: 8, y: 0, width: 4, height: 4 }
`
  await lab.post('/resources', { path: '/lab/fridge', name: 'index.dashboard', type: 20, data: base64(text) })
  for (const device of [{ viewport: { width: 1_280, height: 900 } }, PHONE]) {
    const page = await visit('/lab/fridge', { ...device, colorScheme: 'dark' })
    await untilRead(page)
    await page.locator('.panel[data-kind="chart"] canvas').waitFor()
    const look = () =>
      page.evaluate<[string, number[], boolean]>(`[
        getComputedStyle(document.querySelector('.panel')).backgroundColor,
        [...document.querySelectorAll('.panel')].map((panel) => panel.offsetTop),
        (({ right, bottom }, chart) => chart.right < right && chart.bottom < bottom)(
          document.querySelector('.panel').getBoundingClientRect(), document.querySelector('.uplot').getBoundingClientRect())
      ]`)
    const before = await look()
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    const [colour, tops, isWhole] = await look()
    assert.equal(colour, 'rgb(255, 255, 255)')
    assert.equal(new Set(tops).size, 1)
    assert.ok(isWhole)
    await page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert.deepEqual(await look(), before)
  }
})
