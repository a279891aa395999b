// `npm run screenshots [-- NAME…]`: builds, then takes pictures of the web site's pages (all, or those whose names begin with NAME).
import { join } from 'node:path'
import { findBrowser } from './browser.js'
import { build, install, root, run } from './prepare.js'
import { PRODUCT } from './sources.js'

install()
build([...PRODUCT, 'test'])
if (!(await findBrowser())) process.exit(1)
run(process.execPath, ['--test', '--test-timeout=1800000', join('dist', 'test', 'screenshots', 'run.js')], {
  env: { ...process.env, SCENES: process.argv.slice(2).join(' ') },
})
process.stderr.write(`The pictures are in ${join(root, 'screenshots')}.\n`)
