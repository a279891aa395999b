// Tests of the web site run in a real Chromium: the one that CHROMIUM names, one in the usual places, or playwright's own.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ask, attempt, offerPackages, say } from './packages.js'
import { root } from './prepare.js'

const USUAL_PLACES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Finds a browser, or offers to install one. @returns whether there is one now */
export async function findBrowser() {
  if (await findInstalled()) return true
  // The first has no windows of its own, and takes a third of the work for a page; older systems have the second only.
  const isOffered = await offerPackages('Tests of pages need Chromium.', ['chromium-headless-shell'], ['chromium'])
  if (isOffered && (await findInstalled())) return true
  if (!(await ask("Download playwright's own Chromium instead (some 200 MB, into your home's cache)?"))) return false
  say("Downloading playwright's Chromium …")
  if (attempt(process.execPath, [join(root, 'node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium'])) return true
  say('Chromium could not be installed. Install it yourself, or name it with CHROMIUM=/path.')
  return false
}

async function findInstalled() {
  if (process.env.CHROMIUM || USUAL_PLACES.some((place) => existsSync(place))) return true
  const { chromium } = await import('playwright-core')
  return existsSync(chromium.executablePath())
}
