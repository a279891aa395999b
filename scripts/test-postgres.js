// `npm run test:postgres`: runs tests with every lab on a PostgreSQL server, which it starts and stops. With words, the tests of
// these words; without, all quick ones whose subject is not a file of SQLite (postgres-tests.js has the others, with the reasons), and
// those of PostgreSQL itself.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build, install, root } from './prepare.js'
import { say } from './packages.js'
import { PRODUCT } from './sources.js'

install()
build([...PRODUCT, 'test'])
const { findPostgres, launchPostgres, TEST_SERVER } = await import('../dist/test/support/postgres.js')
const programs = findPostgres()
if (programs === undefined) {
  say('There is no PostgreSQL here (Debian: postgresql): nothing was tried.')
  process.exitCode = 1
} else {
  const server = await launchPostgres(programs)
  try {
    const words = process.argv.slice(2)
    const env = { [TEST_SERVER]: server.url }
    const codes = words.length > 0 ? [await run(words, env)] : [await run(['postgres/'], env), await run(['--on-server'], env)]
    process.exitCode = Math.max(...codes)
  } finally {
    await server.remove()
  }
}

function run(words, env) {
  const child = spawn(process.execPath, [join('scripts', 'test.js'), ...words], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}
