import { chromium } from 'playwright-core'
const [,, url, ...flags] = process.argv
const base = ['--no-sandbox','--disable-gpu','--disable-quic','--disable-dev-shm-usage','--no-first-run','--disable-background-networking','--disable-component-update','--disable-sync','--disable-extensions']
const b = await chromium.launch({ headless: true, executablePath: process.env.EXE ?? '/usr/bin/chromium-headless-shell', args: [...base, ...flags.filter(f=>f.startsWith('--'))], ...(process.env.IGNORE ? { ignoreDefaultArgs: process.env.IGNORE.split(' ') } : {}) })
for (let n = 0; n < 15; n++) {
  const c = await b.newContext(); const p = await c.newPage()
  await p.goto(url + '/-/sign-in'); await p.waitForLoadState('load')
  await c.close()
}
await b.close()
