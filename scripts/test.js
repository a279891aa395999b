// `npm test`: installs what is missing, then checks types, lint, and all tests.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { findBrowser } from './browser.js'
import { findMosquitto } from './mosquitto.js'
import { build, install, root, run } from './prepare.js'

install()
run(process.execPath, [join(root, 'scripts', 'types.js')])
build()
process.stderr.write('Linting …\n')
run(process.execPath, [join(root, 'node_modules', 'eslint', 'bin', 'eslint.js'), '.'])
findBrowser()
findMosquitto()
const tests = readdirSync(join(root, 'dist', 'test'), { recursive: true }).filter((name) => name.endsWith('.test.js'))
run(process.execPath, ['--test', '--test-timeout=300000', ...tests.map((name) => join('dist', 'test', name))])
