/** The Chromium that pages are tried in. */
import { existsSync } from 'node:fs'
import { chromium, type Browser as Chromium } from 'playwright-core'

const USUAL_PLACES = [
  // Without windows of its own, it takes a third of the work for a page.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
]

/** The browser's program: the one that CHROMIUM names, or of the usual places; undefined: playwright's own. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM']
  return named || USUAL_PLACES.find((place) => existsSync(place))
}

export async function launchChromium(): Promise<Chromium> {
  const executablePath = findChromium()
  return chromium.launch({ headless: true, args: FLAGS, timeout: 120_000, ...(executablePath === undefined ? {} : { executablePath }) })
}
