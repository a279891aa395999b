// Programs that tests need and that npm does not provide: packages of the system. Nothing is installed without asking, except on CI.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'

const { CI = '' } = process.env
export const isCI = !['', '0', 'false'].includes(CI)

export const say = (line) => void process.stderr.write(`${line}\n`)

/** Runs a program; its output goes to stderr. */
export const attempt = (command, args, env = process.env) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 'inherit'], env, timeout: 600_000 }).status === 0

/** Asks on a terminal. CI agrees to everything; without a terminal the answer is no. */
export async function ask(question) {
  if (isCI) return true
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${question} [y/N] `)
  terminal.close()
  return /^y(?:es)?$/i.test(answer.trim())
}

/**
 * Says what is missing and how to install it, and after a yes installs it, on Debian as root.
 * @param choices names of packages; when a system has none of the first, the next are tried
 * @returns whether they were installed
 */
export async function offerPackages(missing, ...choices) {
  const isDebian = existsSync('/etc/debian_version')
  const isRoot = process.getuid?.() === 0
  const command = (names) => ['apt-get', 'install', '-y', '--no-install-recommends', ...names]
  const shown = `${isRoot ? '' : 'sudo '}${command(choices[0]).join(' ')}`
  say(`${missing} Install ${isDebian ? 'with' : 'with your package manager; on Debian with'}: ${shown}`)
  if (!isDebian || !isRoot || !(await ask('Run this now?'))) return false
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const tryAll = () =>
    choices.some((names) => {
      const [program, ...args] = command(names)
      say(`Running ${program} ${args.join(' ')} …`)
      return attempt(program, ['-qq', ...args], environment)
    })
  return tryAll() || (attempt('apt-get', ['update', '-qq'], environment) && tryAll())
}
