/**
 * A lab with a real browser: Chromium, one for a test file, with a context of its own for each visitor. Locators wait by
 * themselves; nothing sleeps. `const { lab, visit } = await startWebLab(t); const page = await visit('/lab')`.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, type TestContext } from 'node:test'
import type { Browser as Chromium, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { Browser } from './browser.ts'
import { launchChromium } from './chromium.ts'
import { startLab, type Lab, type LabOptions } from './lab.ts'

/** How long a locator waits on a machine that is busy. */
const PATIENCE = 30_000

let launching: Promise<Chromium> | undefined

/** The browser of this file; it ends with the file's tests. */
function browser(): Promise<Chromium> {
  launching ??= launchChromium()
  return launching
}
after(async () => {
  if (launching) await (await launching).close()
})

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 860 } }

export interface VisitOptions extends BrowserContextOptions {
  /** Signed in as that user (the lab's admin unless given); null: nobody. */
  as?: { user: string; password: string } | null
}

export interface WebLab {
  lab: Lab
  /** Opens a page in a browser of somebody's own. It fails the test when a script throws, or asks another host for something. */
  visit: (path: string, options?: VisitOptions) => Promise<Page>
}

export const ADMIN = { user: 'admin@example.com', password: 'correct-horse-9' }

export async function startWebLab(t: TestContext, options: LabOptions = {}): Promise<WebLab> {
  const lab = await startLab(t, options)
  return { lab, visit: makeVisits(t, lab) }
}

/** {@link WebLab.visit} of any server. */
export function makeVisits(t: TestContext, lab: Pick<Lab, 'url'>): WebLab['visit'] {
  return async (path, { as = ADMIN, ...contextOptions } = {}) => {
    const context = await openContext(lab, await browser(), { ...DESKTOP, ...contextOptions })
    const complaints = watch(context, lab)
    t.after(async () => {
      await context.close()
      assert.deepEqual(complaints, [], 'scripts threw, or something was asked of another host')
    })
    if (as) await signIn(context, lab, as)
    const page = await context.newPage()
    await page.goto(path)
    return page
  }
}

export async function openContext(lab: Pick<Lab, 'url'>, browser: Chromium, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: lab.url, locale: 'en-GB', timezoneId: 'UTC', ...options })
  context.setDefaultTimeout(PATIENCE)
  context.setDefaultNavigationTimeout(PATIENCE)
  return context
}

/** Gives the context a session, without going through the form. */
export async function signIn(
  context: BrowserContext,
  lab: Pick<Lab, 'url'>,
  { user, password }: { user: string; password: string },
): Promise<void> {
  const client = new Browser(lab)
  const reply = await client.signIn(user, password)
  assert.equal(reply.status, 200, reply.text)
  const at = client.cookie.indexOf('=')
  await context.addCookies([
    { name: client.cookie.slice(0, at), value: client.cookie.slice(at + 1), url: lab.url, httpOnly: true, sameSite: 'Lax' },
  ])
}

/** What no page may do: throw, break the policy, ask another host. */
function watch(context: BrowserContext, lab: Pick<Lab, 'url'>): string[] {
  const complaints: string[] = []
  context.on('weberror', (error) => complaints.push(`script error: ${error.error().stack ?? error.error().message}`))
  context.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.push(`policy: ${message.text()}`)
  })
  context.on('request', (request) => {
    const url = request.url()
    if (/^(?:https?|wss?):/.test(url) && new URL(url).host !== new URL(lab.url).host) complaints.push(`another host: ${url}`)
  })
  return complaints
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  id: string
  impact: string | null
  help: string
  nodes: { html: string; failureSummary?: string }[]
}

/** Fails when axe-core finds something serious or critical. */
export async function requireAccessible(page: Page, what: string, { rules }: { rules?: readonly string[] } = {}): Promise<void> {
  // A page behind another may draw no frames.
  await page.bringToFront()
  // In the midst of a fade colours are none of ours; it begins with the first frame that shows the page.
  await page.evaluate(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    for (;;) {
      await frame()
      await frame()
      const fades = document.getAnimations().filter(({ effect, playState }) =>
        playState === 'running' && effect.getComputedTiming().iterations !== Infinity)
      if (fades.length === 0) return
      await Promise.allSettled(fades.map(({ finished }) => finished))
    }
  })()`)
  // Evaluated by the debugger's protocol, which the page's policy does not bind.
  if (!(await page.evaluate<boolean>("typeof axe === 'object'"))) await page.evaluate(axeSource)
  // What axe loads beforehand is for a rule that is not serious (sound that begins by itself) and for one that is experimental.
  const options = JSON.stringify({ resultTypes: ['violations'], preload: false, ...(rules === undefined ? {} : { runOnly: rules }) })
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, ${options}).then(({ violations }) => violations.map(({ id, impact, help, nodes }) ` +
      '=> ({ id, impact, help, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html: html.slice(0, 300), ' +
      'failureSummary })) })))',
  )
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(serious, [], `axe-core finds something on ${what}`)
}

/** Fails when the page is wider than the window, so that a phone would scroll sideways. */
export async function requireNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const [wide, window] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  )
  assert.ok(wide <= window, `${what} is ${wide} pixels wide in a window of ${window}`)
}

/** Waits until the page hears live messages. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('html[data-live="on"]').waitFor({ state: 'attached' })
}
