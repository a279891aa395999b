// `npm start`: installs and builds what is missing, creates settings and database on the first run, and serves.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, install, root, run } from './prepare.js'
import { PRODUCT } from './sources.js'

install()
build(PRODUCT)

const command = join(root, 'dist', 'bin', 'rhizo.js')
const settings = resolve(process.env.RHIZO_SERVER_SETTINGS || join('settings', 'config.yaml'))
if (!existsSync(settings)) {
  process.stderr.write(`Making settings with new secrets in ${settings}, and the database beside them …\n`)
  run(process.execPath, [command, 'init-db'], { cwd: process.cwd() })
}
process.argv.splice(1, process.argv.length - 1, command, 'serve', ...process.argv.slice(2))
await import(command)
