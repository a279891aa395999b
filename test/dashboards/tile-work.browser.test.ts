/** What tiles of a dashboard do when a value comes: what would look the same is not drawn again. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { startWebLab, untilLive } from '../support/web-lab.ts'

/** Resolves when the page has got a message that has this text. Call it before the message is sent. */
const untilGot = (page: Page, text: string): Promise<void> =>
  new Promise((resolve) => {
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes(text)) resolve()
      }),
    )
  })

test('a value is told at once; a chart is drawn again once it has moved by a pixel, or time has passed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/temperature')
  await lab.sequence('/lab/door', 2)
  await lab.put('/resources', { values: { '/lab/temperature': 4, '/lab/door': 'closed' } })
  const tile = (kind: string, sequence: string, range: string): string =>
    `  - kind: ${kind}\n    sequences: ${sequence}\n    range: ${range}\n`
  const tiles = tile('chart', 'temperature', '30d') + tile('chart', 'temperature', '5m') + tile('states', 'door', '30d')
  await lab.post('/resources/lab/wall.dashboard', { data: Buffer.from(`tiles:\n${tiles}`).toString('base64') })
  const page = await visit('about:blank')
  await page.clock.install()
  const [first, second] = [untilGot(page, '"5"'), untilGot(page, '"open"')]
  await page.goto('/lab/wall.dashboard')
  await page.locator('[data-kind="chart"] canvas').nth(1).waitFor()
  await untilLive(page)
  await page.waitForLoadState('networkidle')
  await page.clock.pauseAt(Date.now() + 100)
  await page.evaluate(`(() => {
    strip = document.querySelector('.strip')
    drawn = [0, 0]
    charts = [...document.querySelectorAll('.panel-chart')]
    document.addEventListener('chart-drawn', ({ target }) => drawn[charts.indexOf(target)]++, true)
  })()`)
  const seen = (): Promise<unknown> =>
    page.evaluate(
      "[...document.querySelectorAll('[data-kind=chart] .is-number')].map((one) => one.textContent).concat(drawn, strip.isConnected)",
    )
  // Time passes for all tiles at once, every five seconds: after that none does for a while.
  while (await page.evaluate('strip.isConnected')) await page.clock.runFor(250)
  await page.evaluate("drawn = [0, 0], strip = document.querySelector('.strip'), null")

  await lab.put('/resources', { values: { '/lab/door': 'closed', '/lab/temperature': 5 } })
  await first
  await page.clock.runFor(1_500)
  assert.deepEqual(await seen(), ['5', '5', 0, 1, true], 'a month has an hour a pixel, five minutes have less than a second')
  await lab.put('/resources', { values: { '/lab/door': 'open' } })
  await second
  await page.clock.runFor(1_500)
  assert.deepEqual(await seen(), ['5', '5', 0, 1, false], 'another state')
  await page.clock.runFor(3_000)
  assert.deepEqual(await seen(), ['5', '5', 1, 2, false], 'time has passed')
})
