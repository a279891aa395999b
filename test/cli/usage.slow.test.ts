import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const RHIZO = fileURLToPath(new URL('../../bin/rhizo.js', import.meta.url))

/** Runs the built command in an empty folder, without a profile and without a terminal. */
async function rhizo(t: TestContext, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-usage-'))
  t.after(async () => rm(folder, { recursive: true }))
  return new Promise((resolve) => {
    const env = { PATH: process.env.PATH, XDG_CONFIG_HOME: folder }
    const child = execFile(process.execPath, [RHIZO, ...args], { cwd: folder, env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

test('the version and help go to stdout, with exit code 0', async (t) => {
  assert.match((await rhizo(t, '--version')).stdout, /^\d+\.\d+\.\d+\n$/)
  for (const args of [['--help'], ['help'], ['seq', '--help'], ['help', 'seq', 'tail'], ['ls', '-h']]) {
    const { code, stdout, stderr } = await rhizo(t, ...args)
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
    assert.match(stdout, /^Usage: rhizo/)
  }
})

test('every command explains itself, with examples', async (t) => {
  const { stdout } = await rhizo(t, 'completion', 'bash')
  const commands = [...stdout.matchAll(/^ {4}'([a-z -]*)'\) commands='([^']*)'/gm)]
    .filter(([, words, subcommands]) => words !== '' && subcommands === '')
    .map(([, words]) => words ?? '')
  assert.ok(commands.length > 40, String(commands.length))
  for (const words of commands) assert.match((await rhizo(t, ...words.split(' '), '--help')).stdout, /Examples:/, words)
})

test('wrong usage ends with 2, says why on stderr, and prints nothing', async (t) => {
  const cases: [args: string[], reason: RegExp][] = [
    [[], /Usage: rhizo/],
    [['nonsense'], /unknown command 'nonsense'/],
    [['ls', '--nonsense'], /unknown option '--nonsense'/],
    [['seq'], /Usage: rhizo seq/],
    [['seq', 'update', '/a/b'], /missing required argument 'value'/],
    [['ls', '/x'], /No server is known/],
    [['ls', 'relative', '--server', 'localhost:1'], /PATH must begin with a slash/],
    [['ls', '/a/../b', '--server', 'localhost:1'], /PATH has a part/],
    [['ls', '--server', 'not a host'], /not a host/],
    [['seq', 'get', '/a/b', '--start', 'yesterdayish', '--server', 'localhost:1'], /--start is not a time/],
    [['seq', 'tail', '/a/b', '-n', '-1', '--server', 'localhost:1'], /-n must be a whole number/],
    [['seq', 'create', '/a/b', '--type', 'music', '--server', 'localhost:1'], /--type must be numeric, text or image/],
    [['put', 'x', '--server', 'localhost:1'], /Give what to upload/],
    [['login', 'localhost:1'], /--email, or --key-stdin/],
    [['completion', 'tcsh'], /bash, zsh and fish/],
  ]
  for (const [args, reason] of cases) {
    const { code, stdout, stderr } = await rhizo(t, ...args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, reason, args.join(' '))
  }
})

test('a server out of reach ends with 5', async (t) => {
  const { code, stdout, stderr } = await rhizo(t, 'ls', '/x', '--server', 'localhost:1')
  assert.deepEqual([code, stdout, stderr], [5, '', 'rhizo: http://localhost:1 is out of reach: nothing listens there\n'])
})

test('the completion scripts are sound, and bash completes commands and options', async (t) => {
  const { stdout: script } = await rhizo(t, 'completion', 'bash')
  const ask = async (...words: string[]): Promise<string> => {
    const setWords =
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _rhizo; echo ` + `"\${COMPREPLY[@]}"`
    return new Promise((resolve, reject) =>
      execFile('bash', ['-c', `${script}\n${setWords}`], (error, stdout) =>
        error ? reject(new Error('bash failed', { cause: error })) : resolve(stdout.trim()),
      ),
    )
  }
  assert.equal(await ask('rhizo', 'who'), 'whoami')
  assert.equal(await ask('rhizo', '--server', 'seq', 'seq', 'im'), 'import')
  assert.equal(await ask('rhizo', 'seq', 'tail', '--c'), '--count')
  assert.match((await rhizo(t, 'completion', 'zsh')).stdout, /^#compdef rhizo\n/)
})
