// `npm run types`, `npm run lint`: runs the checks with these names, or all.
import { check } from './checks.js'
import { install } from './prepare.js'

install()
if (!(await check(...process.argv.slice(2)))) process.exitCode = 1
