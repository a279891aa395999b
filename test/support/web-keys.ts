/** Going through pages by the keyboard alone: what has the focus, and the way to something. */
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

const FOCUSED =
  "(() => { const element = document.activeElement; return (element.getAttribute('aria-label') ?? " +
  "element.labels?.[0]?.textContent ?? element.textContent).trim().replace(/\\s+/g, ' ') })()"
/** More presses lead nowhere. */
const MOST = 120
const PATIENCE_MS = 30_000

/** What has the focus, as it is called. */
export const focused = (page: Page): Promise<string> => page.evaluate<string>(FOCUSED)

/** Waits until that has the focus. */
export async function untilFocused(page: Page, name: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  let found = await focused(page)
  while (found !== name) {
    assert.ok(Date.now() < end, `“${found.slice(0, 100)}” has the focus, not “${name}”`)
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
    found = await focused(page)
  }
}

/** Presses Tab until that has the focus, which it must show. */
export async function reach(page: Page, name: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = []
  for (let at = 0; at < MOST; at++) {
    await page.keyboard.press(key)
    const found = await focused(page)
    if (found === name) {
      const outline = await page.evaluate<string>(
        '(() => { const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement); return `${outlineStyle} ' +
          '${outlineWidth}` })()',
      )
      assert.ok(!/^none|\b0px/.test(outline), `${name} does not show that it has the focus: ${outline}`)
      return
    }
    passed.push(found.slice(0, 30))
  }
  assert.fail(`${key} does not lead to “${name}”, but to ${passed.join(' | ')}`)
}

export async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}
