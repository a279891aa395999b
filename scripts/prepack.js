// Runs before `npm pack` and `npm publish`: a build, the types of the client library and of extensions, which other programs import,
// and the pages of the documentation.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildSite } from './docs-site.js'
import { build, install, root, run } from './prepare.js'
import { PRODUCT } from './sources.js'

install()
build(PRODUCT)
const dist = join(root, 'dist')
for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts')))
  rmSync(join(dist, name))
run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.declarations.json'])
await buildSite(join(dist, 'docs-site'))
