// Tests of the web site run in a real Chromium: the one that CHROMIUM names, of the usual places, or a new one.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { attempt, canInstall, installPackages, say } from './packages.js'
import { root } from './prepare.js'

/** Finds a browser, or installs one: the system's package as root on Debian, else playwright's own. Says what it does. */
export function findBrowser() {
  const found = findInstalled()
  if (found) return say(`Pages are tested in ${found}`)
  if (canInstall()) {
    say('Installing Chromium for the tests of pages (apt-get, once) …')
    if (installPackages('chromium') && findInstalled()) return
  }
  say("Installing playwright's Chromium for the tests of pages (once) …")
  if (!attempt(process.execPath, [join(root, 'node_modules', 'playwright-core', 'cli.js'), 'install', 'chromium'], process.env)) {
    say(
      'No Chromium could be installed. Install one yourself (Debian: apt install chromium), or name it with CHROMIUM=/path; ' +
        'the tests of pages fail without.',
    )
  }
}

function findInstalled() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  return [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/snap/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ].find((place) => existsSync(place))
}
