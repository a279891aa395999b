/** What makes the first minutes easy: times in words, help for what there is not, addresses, and hints to whoever sits elsewhere. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { buildProgram } from '../../commands/main.ts'
import { browserOf } from '../../commands/open.ts'
import { fishScript } from '../../commands/support/completion-script.ts'
import { describeTunnel } from '../../commands/support/local-server.ts'
import { timeOption } from '../../commands/support/time-option.ts'
import { root } from '../support/sources.ts'
import { startLab } from '../support/lab.ts'

const script = join(root, 'dist', 'bin', 'rhizo.js')
/** Of util-linux, whose options these are. */
const hasScript = spawnSync('script', ['--version']).stdout?.toString('utf8').includes('util-linux') === true
const run = (args: string[], env: Record<string, string> = {}): { code: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
  })
  return { code: status, stdout, stderr }
}

test('today and yesterday are days as the clock of this machine has them', () => {
  const midnight = (day: number): number => {
    const now = new Date()
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() + day).getTime()
  }
  const [today, yesterday] = [Date.parse(timeOption('today', '--start')), Date.parse(timeOption('yesterday', '--start'))]
  assert.ok(today === midnight(0) || today === midnight(-1), 'unless midnight has just passed')
  assert.ok(yesterday < today && today - yesterday <= 25 * 3_600_000 && today - yesterday >= 23 * 3_600_000)
  assert.ok(today - Date.parse(timeOption('yesterday', '--end', true)) <= 1, 'up to the last moment of it')
  assert.throws(() => timeOption('tomorow', '--start'), /'today' or 'yesterday'/)
})

test('help for a command that there is not says so, at any level, and "version" is understood', () => {
  for (const words of [['nosuch'], ['seq', 'nosuch']]) {
    const { code, stderr } = run(['help', ...words])
    assert.equal(code, 2, words.join(' '))
    assert.match(stderr, /unknown command 'nosuch'/)
  }
  const near = run(['help', 'sek'])
  assert.match(near.stderr, /Did you mean seq\?/)
  const known = run(['help', 'seq', 'import'])
  assert.deepEqual([known.code, known.stdout.includes('rhizo seq import')], [0, true])
  assert.match(run(['version']).stdout, /^\d+\.\d+\.\d+/)
})

test('the old names of options go on working beside --start and --end, without being shown', async () => {
  const program = await buildProgram(() => true)
  const options = (words: string[]): { long: string | undefined | null; hidden: boolean }[] => {
    let at = program
    for (const word of words) at = at.commands.find((one) => one.name() === word) ?? assert.fail(word)
    return at.options.map(({ long, hidden }) => ({ long, hidden }))
  }
  for (const words of [['audit'], ['alert', 'test'], ['alert', 'history']]) {
    const all = options(words)
    for (const long of ['--start', '--end'])
      assert.ok(
        all.some((one) => one.long === long && !one.hidden),
        `${words.join(' ')} ${long}`,
      )
    for (const long of ['--since', '--until'])
      assert.ok(
        all.some((one) => one.long === long && one.hidden),
        `${words.join(' ')} ${long}`,
      )
  }
})

test('the completion for fish knows each command and option, and quotes what it says', async () => {
  const text = fishScript(await buildProgram(() => true))
  assert.match(text, /complete -c rhizo -n '__rhizo_is \\'seq\\'' -f -a 'import' -d '/)
  assert.match(text, /complete -c rhizo -n '__rhizo_is \\'link create\\'' -l for -r -d '/)
  assert.match(text, /complete -c rhizo -n '__rhizo_is \\'ls\\'' -a '\(__rhizo_paths\)'/)
  for (const line of text.split('\n').filter((one) => one.startsWith('complete')))
    assert.equal(line.replace(/\\./g, '').split("'").length % 2, 1, `quotes are balanced: ${line}`)
})

test('a browser is opened only where somebody would see it', () => {
  assert.equal(browserOf('linux', {}), undefined)
  assert.deepEqual(browserOf('linux', { DISPLAY: ':0' }), ['xdg-open'])
  assert.deepEqual(browserOf('linux', { WAYLAND_DISPLAY: 'wayland-0' }), ['xdg-open'])
  assert.equal(browserOf('linux', { DISPLAY: ':10', SSH_CONNECTION: '1.2.3.4 5 6.7.8.9 22' }), undefined)
  assert.deepEqual(browserOf('darwin', {}), ['open'])
})

test('whoever starts a server over SSH learns how the browser gets there', () => {
  const lines = describeTunnel('192.168.1.9 51234 192.168.1.20 22', { user: 'pi', port: 5000, isNpm: true })
  assert.ok(lines.includes('  ssh -L 5000:127.0.0.1:5000 pi@192.168.1.20'), lines.join('\n'))
  assert.ok(lines.includes('  RHIZO_SERVER_LISTEN_ADDRESS=0.0.0.0 npm start'))
  const other = describeTunnel('192.168.1.9 51234 192.168.1.20 2222', { user: 'pi', port: 5001, isNpm: false })
  assert.ok(other.includes('  ssh -p 2222 -L 5001:127.0.0.1:5001 pi@192.168.1.20'))
  assert.deepEqual(describeTunnel(undefined, { user: 'pi', port: 5000, isNpm: true }), [])
})

test('a native module that can not be built ends in one sentence that says what to install', async () => {
  const { explainFailure } = (await import(join(root, 'scripts', 'prepare.js'))) as {
    explainFailure: (output: string, platform: string) => string | undefined
  }
  const wall = 'npm error code 1\nnpm error path /x/node_modules/better-sqlite3\nnpm error gyp ERR! find Python\nnpm error not ok\n'
  assert.match(explainFailure(wall, 'linux') ?? '', /^[^\n]*sudo apt install build-essential python3[^\n]*\n$/)
  assert.match(explainFailure(wall, 'darwin') ?? '', /xcode-select --install/)
  assert.equal(explainFailure('npm error code ENOTFOUND\n', 'linux'), undefined)
})

test('what is made is said with its address in a terminal, and what is there already is named', async (t) => {
  const lab = await startLab(t)
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    TERM: 'dumb',
    RHIZO_SERVER_NAME: new URL(lab.url).host,
    RHIZO_SECRET_KEY: lab.key,
  }
  // The server is in this process, which must go on meanwhile.
  const speak = async (command: string, args: string[]): Promise<[code: number | null, stdout: string, stderr: string]> =>
    new Promise((resolve) => {
      execFile(command, args, { env }, (error, stdout, stderr) => resolve([error === null ? 0 : Number(error.code), stdout, stderr]))
    })
  const rhizo = (...args: string[]): ReturnType<typeof speak> => speak(process.execPath, [script, ...args])
  assert.deepEqual(await rhizo('seq', 'create', '/lab/quiet'), [0, '', ''], 'programs hear nothing')
  assert.deepEqual(await rhizo('seq', 'create', '/lab/quiet'), [1, '', 'rhizo: /lab/quiet exists already.\n'])
  assert.deepEqual(await rhizo('open', '/lab/quiet'), [0, `${lab.url}/lab/quiet\n`, ''])
  assert.equal((await rhizo('open', '/lab/none'))[0], 4)
  if (!hasScript) return
  const typed = `'${process.execPath}' '${script}' mkdir /lab/shown && '${process.execPath}' '${script}' seq create /lab/shown/t`
  const [code, shown] = await speak('script', ['-qec', typed, '/dev/null'])
  assert.equal(code, 0, shown)
  assert.match(shown, new RegExp(`made /lab/shown, see ${lab.url}/lab/shown`))
  assert.match(shown, new RegExp(`made /lab/shown/t, see ${lab.url}/lab/shown/t`))
})
