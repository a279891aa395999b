// `npm run build [-- FOLDER…]`: compiles changed sources, of these folders or of all.
import { build, install } from './prepare.js'
import { ALL } from './sources.js'

const folders = process.argv.slice(2)
const unknown = folders.filter((name) => !ALL.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`There is nothing to build in ${unknown.join(', ')}: name any of ${ALL.join(', ')}.\n`)
  process.exit(2)
}
install()
build(folders.length > 0 ? folders : undefined)
