/** What systemd and the programs beside it are asked. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Fault, invalid } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'

export const UNIT_FOLDER = '/etc/systemd/system'
export const SERVICE = 'rhizo'

export interface Answer {
  /** Undefined when there is no such program. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
export function ask(program: string, ...args: readonly string[]): Answer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  return { code: error === undefined ? (status ?? 1) : undefined, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** Runs a program that must succeed. @throws Fault conflict with what it said */
export function must(program: string, ...args: readonly string[]): string {
  const { code, stdout, stderr } = ask(program, ...args)
  if (code === undefined) throw new Fault('conflict', `This machine has no ${program}: install it, or do by hand what "--dry-run" lists.`)
  if (code !== 0)
    throw new Fault('conflict', `"${[program, ...args].join(' ')}" failed: ${(stderr || stdout).trim() || `exit code ${code}`}.`)
  return stdout
}

/** Runs a program with this terminal, to its end. @returns its exit code */
export async function attach(program: string, ...args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' })
  // Ctrl-C ends what it shows, and this command after it.
  const stay = (): void => {}
  process.on('SIGINT', stay)
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return code ?? 0
  } catch {
    throw new Fault('conflict', `This machine has no ${program}.`)
  } finally {
    process.off('SIGINT', stay)
  }
}

/** @throws Fault conflict on a machine that systemd does not run, saying what to do there */
export function requireSystemd(): void {
  const { code, stdout } = ask('systemctl', 'is-system-running')
  if (code !== undefined && !['offline', ''].includes(stdout.trim())) return
  throw new Fault(
    'conflict',
    'systemd does not run this machine, so there is no service to speak of here. Have what starts programs here run "rhizo serve" as a ' +
      'user of its own with RHIZO_SERVER_SETTINGS set, start it again when it ends, and stop it with SIGTERM; in a container it is the ' +
      'main process. For another machine, "rhizo service install --print" prints the unit. docs/installing.md says more.',
  )
}

/** @throws Fault invalid for what can't be a unit's name */
export function requireName(name: string): string {
  if (!/^[a-z][a-z0-9_-]{0,63}$/.test(name)) throw invalid(`${quote(name)} can't be a service's name: use letters a to z, digits, - and _.`)
  return name
}
