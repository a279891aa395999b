// `npm run types`: checks the types of all sources. What it found out it keeps in .cache, so that a second run looks only at what changed and what depends on it.
import { join } from 'node:path'
import { install, root, run } from './prepare.js'

install()
run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', '.', join('daemon', 'web', 'client')])
