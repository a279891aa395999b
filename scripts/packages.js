// Programs that tests need and that npm does not bring: the system's packages, where this may install them.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Whether packages can be installed without asking: as root on Debian. */
export const canInstall = () => existsSync('/etc/debian_version') && process.getuid?.() === 0

/** Installs packages of Debian's. Returns whether that worked. */
export function installPackages(...names) {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = () => attempt('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], environment)
  return install() || (attempt('apt-get', ['update', '-qq'], environment) && install())
}

/** Runs a program; what it says goes to stderr. */
export const attempt = (command, args, env) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 'inherit'], env, timeout: 600_000 }).status === 0

export const say = (line) => void process.stderr.write(`${line}\n`)
