// `npm test`: installs what is missing, checks types, lint and format, and runs all tests, or the named ones.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findBrowser } from './browser.js'
import { check } from './checks.js'
import { chooseTests, describeTests, isBrowserTest, isQuick } from './choose-tests.js'
import { groupTests, writeGroups } from './group-tests.js'
import { findMosquitto } from './mosquitto.js'
import { isCI, say } from './packages.js'
import { build, install, root } from './prepare.js'
import { runsOnServer } from './postgres-tests.js'
import { PRODUCT } from './sources.js'

const HELP = `npm test                       checks types, lint and format, and runs all tests
npm run test:fast              the same without long and slow tests and those that need a browser
npm test -- WORD…              runs tests in folders of these names, or whose file's name has one of these words in it; checks nothing else
npm test -- --fast WORD…       the same without long and slow tests and those that need a browser
npm test -- --on-server        runs the tests that hold on PostgreSQL too (npm run test:postgres)
npm test -- --list [WORD…]     lists test files, those of these words or all
npm test -- --test-…           options of node --test, like --test-name-pattern=PATTERN
`

/** Memory in bytes for one test with its server, and a browser or commands beside it. */
const MEMORY_OF_A_TEST = 1e9

/** Memory as a disk, and how many bytes must be free there for the labs of tests: they wait less, and wear no card out. */
const MEMORY_DISK = '/dev/shm'
const MEMORY_FOR_LABS = 2e9

/** Milliseconds for a group of test files, as Node's runner counts them. */
const TIMEOUT = 1_200_000

/** Where each process of tests leaves what it took, and how many of those that took most are named at the end. */
const TIMES = join(root, 'dist', 'test', 'times.ndjson')
const NAMED = 12

const args = process.argv.slice(2)
const words = args.filter((arg) => !arg.startsWith('-'))
const options = args.filter((arg) => arg.startsWith('--test-'))
const isFast = args.includes('--fast')
const isOnServer = args.includes('--on-server')
const unknownOption = args.find(
  (arg) => arg.startsWith('-') && !options.includes(arg) && !['--fast', '--on-server', '--list', '--help'].includes(arg),
)

process.exitCode = await main()

async function main() {
  if (args.includes('--help')) return process.stdout.write(HELP) ? 0 : 1
  if (unknownOption !== undefined) return refuse(`There is no option ${unknownOption}.\n${HELP}`)
  const { tests: meant, unknown } = chooseTests(words)
  if (unknown.length > 0) return refuse(`No test is called ${unknown.join(', ')}. There are:\n${describeTests()}`)
  let tests = isFast ? meant.filter(isQuick) : meant
  if (isOnServer) tests = tests.filter(runsOnServer)
  if (args.includes('--list')) return process.stdout.write(describeTests(tests)) ? 0 : 1
  if (words.length > 0)
    process.stderr.write(`${tests.length === 1 ? '1 file' : `${tests.length} files`} of tests:\n${describeTests(tests)}`)
  if (tests.length === 0) return refuse('None of these is quick: leave out --fast.\n')

  install()
  build([...PRODUCT, 'test'])
  if (words.length === 0 && !isOnServer && !(await check('lint', 'format'))) return 1
  if (tests.some((name) => name.startsWith('mqtt/'))) await findMosquitto()
  const browserTests = tests.filter(isBrowserTest)
  const isWithoutBrowser = browserTests.length > 0 && !(await findBrowser()) && !isCI
  if (isWithoutBrowser) tests = tests.filter((name) => !isBrowserTest(name))
  const code = tests.length > 0 ? await runTests(tests) : 1
  if (isWithoutBrowser) say(`There is no Chromium here: ${browserTests.length} files of tests of pages were left out.`)
  return code
}

function refuse(reason) {
  process.stderr.write(reason)
  return 2
}

/** Where tests make their folders: in memory where there is enough of it, unless TMPDIR names a place. */
function temporaryFolder() {
  if (process.env.TMPDIR) return {}
  try {
    const { bavail, bsize } = statfsSync(MEMORY_DISK)
    return bavail * bsize >= MEMORY_FOR_LABS ? { TMPDIR: MEMORY_DISK } : {}
  } catch {
    return {} // no such disk on this system
  }
}

/** Runs one file more side by side than there are cores, as memory allows: tests that wait leave theirs idle. @returns node's exit code */
function runTests(tests) {
  const sideBySide = Math.max(1, Math.min(availableParallelism() + 1, Math.floor(totalmem() / MEMORY_OF_A_TEST)))
  const files = writeGroups(groupTests(tests))
  // For a pipe, use TAP, which every version of node ends with `# pass N` and so on.
  const reporter = process.stdout.isTTY ? 'spec' : 'tap'
  // Reading source maps takes an eighth of all work: only who tries a part of the tests gets places in sources.
  const maps = words.length > 0 ? ['--enable-source-maps'] : []
  rmSync(TIMES, { force: true })
  const measure = ['--import', pathToFileURL(join(root, 'scripts', 'test-times.js')).href]
  const how = [
    ...maps,
    ...measure,
    '--test',
    `--test-concurrency=${sideBySide}`,
    `--test-timeout=${TIMEOUT}`,
    `--test-reporter=${reporter}`,
  ]
  const child = spawn(process.execPath, [...how, ...options, ...files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...temporaryFolder(), RHIZO_TEST_TIMES: TIMES },
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (words.length === 0 && existsSync(TIMES)) sayTimes()
      resolve(code ?? 1)
    })
  })
}

/** Names the processes that took most: where to begin when the tests take too long. */
function sayTimes() {
  const taken = readFileSync(TIMES, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const total = taken.reduce((sum, { seconds }) => sum + seconds, 0)
  say(`Tests took ${Math.round(total)} s of processor time in ${taken.length} processes; most of it:`)
  for (const { name, seconds, wall } of taken.sort((a, b) => b.seconds - a.seconds).slice(0, NAMED))
    say(`  ${Math.round(seconds)} s, ${Math.round(wall)} s on the clock: ${name}`)
}
