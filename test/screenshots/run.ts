/** `npm run screenshots [NAME…]`: a PNG of every page at desktop and phone width, light and dark, into the folder screenshots. */
import assert from 'node:assert/strict'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import type { BrowserContextOptions } from 'playwright-core'
import { EXAMPLES } from '../support/extension-lab.ts'
import { startLab } from '../support/lab.ts'
import { launchChromium } from '../support/chromium.ts'
import { ADMIN, DESKTOP, openContext, PHONE, signIn } from '../support/web-lab.ts'
import { fillLab } from './demo-data.ts'
import { scenes } from './scenes.ts'

const folder = fileURLToPath(new URL('../../../screenshots', import.meta.url))
const widths: readonly (readonly [string, BrowserContextOptions])[] = [
  ['desktop', DESKTOP],
  ['phone', PHONE],
]

test('pictures of all pages', { timeout: 1_800_000 }, async (t) => {
  const wanted = (process.env['SCENES'] ?? '').split(' ').filter((name) => name !== '')
  const chosen = scenes.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.startsWith(part)))
  if (wanted.length === 0) await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const lab = await startLab(t, { settings: { EXTENSIONS_FOLDER: EXAMPLES, EXTENSIONS: ['plate-map', 'derived-values'] } })
  await fillLab(lab)
  t.after(async () => {
    for (const { finish } of scenes) await finish?.()
  })
  // All of them: pages of one kind share what the first of them makes.
  for (const { prepare } of scenes) await prepare?.(lab)
  const browser = await launchChromium()
  t.after(() => browser.close())
  /** What went wrong with single pictures: the others are taken all the same. */
  const failures: string[] = []
  for (const [width, options] of widths) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const signedIn = await openContext(lab, browser, { ...options, colorScheme, reducedMotion: 'reduce' })
      const signedOut = await openContext(lab, browser, { ...options, colorScheme, reducedMotion: 'reduce' })
      await signIn(signedIn, lab, ADMIN)
      for (const { name, path, act, signedOut: isOut } of chosen) {
        const page = await (isOut === true ? signedOut : signedIn).newPage()
        const file = `${name}-${width}-${colorScheme}.png`
        try {
          await page.goto(typeof path === 'string' ? path : path(), { waitUntil: 'load' })
          await act?.(page)
          await page.screenshot({ path: join(folder, file), fullPage: act === undefined })
        } catch (error) {
          failures.push(`${file}: ${error instanceof Error ? error.message : String(error)}`)
        }
        await page.close()
      }
      await signedIn.close()
      await signedOut.close()
    }
  }
  assert.deepEqual(failures, [], 'some pictures could not be taken')
})
