// `npm run test:postgres`: runs tests with every lab on a PostgreSQL server, which it starts and stops. With words, the tests of
// these words; without, those that are known to hold there (docs/developing.md).
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build, install, root } from './prepare.js'
import { say } from './packages.js'
import { PRODUCT } from './sources.js'

/** Folders and files of tests, as `npm test -- WORD` takes them. */
const KNOWN = ['postgres/']

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
    process.exitCode = await run(words.length > 0 ? words : KNOWN, { [TEST_SERVER]: server.url })
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
