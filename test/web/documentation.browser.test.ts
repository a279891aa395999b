/** The documentation that a server shows of its own version, with its search. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { root } from '../support/sources.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

test('the documentation is at /-/docs for everybody; its search finds a heading, a setting and a command', async (t) => {
  await promisify(execFile)(process.execPath, [join('scripts', 'docs-site.js')], { cwd: root })
  const { lab, visit } = await startWebLab(t)
  const policy = (await fetch(`${lab.url}/-/docs/`)).headers.get('content-security-policy')
  assert.match(policy ?? '', /script-src 'self'/)
  for (const path of ['none.html', '%2e%2e/bin/rhizo.js']) assert.equal((await fetch(`${lab.url}/-/docs/${path}`)).status, 404, path)

  const page = await visit('/-/docs', { as: null })
  await page.getByRole('heading', { level: 1, name: 'rhizo' }).waitFor()
  await requireAccessible(page, 'the documentation')
  const search = page.getByRole('searchbox', { name: 'Search the documentation' })
  await page.keyboard.press('/')
  await search.fill('tls without proxy')
  await page.getByRole('link', { name: 'TLS without a proxy' }).first().click()
  await page.waitForURL(/installing\.html#text-tls-without-a-proxy$/)

  await search.fill('min_storage_interval')
  await page.locator('#results li').first().waitFor()
  await search.fill('EXTENSION_TIME_LIMIT')
  await page.keyboard.press('Enter')
  await page.waitForURL(/settings\.html#EXTENSION_TIME_LIMIT$/)
  await search.fill('rhizo seq calibrate')
  await page.keyboard.press('Enter')
  await page.waitForURL(/commands\.html#command-seq-calibrate$/)
  await search.fill('there is no such word as xyzzy')
  await page.getByRole('heading', { name: '0 places' }).waitFor()

  const phone = await visit('/-/docs/settings.html', { ...PHONE, as: null })
  await requireNoSidewaysScroll(phone, 'settings on a phone')
  const signedIn = await visit('/')
  await signedIn.getByLabel(/^Account of/).click()
  await signedIn.getByRole('link', { name: 'Documentation' }).waitFor()
})
