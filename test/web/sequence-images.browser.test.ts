/** The images of a sequence in a real browser: one at a time, by keys and slider, as a time lapse, live. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const photo = async (shade: number): Promise<string> =>
  (
    await sharp({ create: { width: 320, height: 240, channels: 3, background: { r: shade, g: 120, b: 90 } } })
      .jpeg()
      .toBuffer()
  ).toString('base64')

/** Images a minute apart, up to now. */
async function fill(lab: Lab, path: string, count: number): Promise<void> {
  await lab.sequence(path, 3)
  const now = lab.ctx.clock.now()
  for (let at = 0; at < count; at++)
    await lab.put(`/resources${path}`, { data: await photo(at * 7), timestamp: formatTimestamp(now - (count - at) * 60 * SECOND) })
}

const place = (page: Page): Promise<string> => page.locator('#picture-place').innerText()
const shows = (page: Page, text: string): Promise<void> => page.locator('#picture-place', { hasText: text }).waitFor()

test('keys, buttons, slider and thumbnails lead through time, and the address to the same image', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, '/lab/camera', 6)
  const page = await visit('/lab/camera')
  await shows(page, '6 of 6')
  await page.getByText('Newest', { exact: true }).last().waitFor()
  assert.equal(await page.locator('#thumbnails [data-frame] img').count(), 6)
  assert.deepEqual(
    await page.evaluate(
      "Promise.all([...document.querySelectorAll('#thumbnails img')].map((image) => image.decode().then(() => image.naturalWidth)))",
    ),
    Array.from({ length: 6 }, () => 240),
  )
  await requireAccessible(page, 'images')

  await page.locator('#stage').focus()
  await page.keyboard.press('ArrowLeft')
  await shows(page, '5 of 6')
  await page.keyboard.press('Home')
  await shows(page, '1 of 6')
  await page.getByRole('button', { name: 'Next image' }).click()
  await shows(page, '2 of 6')
  await page.locator('#slider').fill('3')
  await shows(page, '4 of 6')
  await page.locator('#picture[data-shown]').waitFor()
  const at = page.url()
  assert.match(at, /\?at=/)
  const shown = await page.locator('#picture-time').innerText()
  await page.getByRole('group', { name: 'Images' }).waitFor()
  await page.locator('#thumbnails [data-frame]').last().click()
  await shows(page, '1 of 6')

  const other = await visit(at)
  await shows(other, '4 of 4')
  assert.equal(await other.locator('#picture-time').innerText(), shown)
  await other.getByRole('button', { name: 'To the newest' }).click()
  await shows(other, '6 of 6')
})

test('a time lapse plays to its end; the newest comes by itself, and not while an older one is looked at', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, '/lab/camera', 4)
  const page = await visit('/lab/camera')
  await shows(page, '4 of 4')
  await page.getByLabel('Images a second').selectOption('25')
  await page.locator('#stage').focus()
  await page.evaluate(
    'globalThis.seen = []; new MutationObserver(() => ' +
      "seen.push(document.querySelector('#picture-place').textContent)).observe(document.querySelector('#picture-place'), { " +
      'childList: true })',
  )
  await page.keyboard.press(' ')
  // It stops with the last, which it had left for the first when the key was pressed.
  await page.getByRole('button', { name: 'Play' }).and(page.locator('[aria-pressed="false"]')).waitFor()
  await shows(page, '4 of 4')
  assert.deepEqual(await page.evaluate('seen'), ['1 of 4', '2 of 4', '3 of 4', '4 of 4'])
  await untilLive(page)
  await lab.put('/resources/lab/camera', { data: await photo(200) })
  await shows(page, '5 of 5')
  await page.keyboard.press('Home')
  await shows(page, '1 of 5')
  await lab.put('/resources/lab/camera', { data: await photo(220) })
  await shows(page, '1 of 6')
})

test('without an image the page says so and shows the first; earlier ones come on demand; on a phone', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/camera', 3)
  const page = await visit('/lab/camera', PHONE)
  await page.getByText('No images yet').waitFor()
  await requireAccessible(page, 'no images')
  await untilLive(page)
  await lab.put('/resources/lab/camera', { data: await photo(10) })
  await shows(page, '1 of 1')
  await page.getByText('No images yet').waitFor({ state: 'hidden' })
  await requireNoSidewaysScroll(page, 'one image on a phone')
  await fill(lab, '/lab/many', 125)
  await page.goto('/lab/many')
  await shows(page, '120 of 120')
  await page.getByRole('link', { name: 'Earlier images' }).click()
  await shows(page, '125 of 125')
  await page.locator('#images-older').waitFor({ state: 'hidden' })
  await requireAccessible(page, 'images on a phone')
})

test('images of a time are deleted; who may only read is not offered it', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, '/lab/camera', 3)
  const { id } = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab', {
    permissions: [
      [110, lab.organization.id, 20],
      [130, id, 10],
    ],
  })
  const guest = await visit('/lab/camera', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await shows(guest, '3 of 3')
  assert.equal(await guest.getByLabel('Change the sequence').count(), 0)
  const page = await visit('/lab/camera')
  assert.equal(await place(page), '3 of 3')
  await page.getByLabel('Change the sequence').click()
  await page.getByRole('button', { name: 'Delete values' }).click()
  await page.getByRole('button', { name: 'Count them' }).click()
  await page.getByText('3 values would be deleted.').waitFor()
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Delete 3' }).click()])
  await page.getByText('No images yet').waitFor()
})
