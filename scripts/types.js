// `npm run types`: checks the types of all sources. It keeps what it found in .cache: a second run checks only what changed, and what
// depends on that.
import { join } from 'node:path'
import { install, root, run } from './prepare.js'

install()
run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', '.', join('daemon', 'web', 'client')])
