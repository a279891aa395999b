// `npm run types`, `npm run lint`: checks of these names, or all.
import { check } from './checks.js'
import { install } from './prepare.js'

install()
if (!(await check(...process.argv.slice(2)))) process.exitCode = 1
