/** Tells processes of this machine apart, also those of different boots. */
import { readFileSync } from 'node:fs'

/** Of this boot of the machine; '' where the system doesn't tell (it is not Linux). */
export const nameOfBoot = (): string => readOr('/proc/sys/kernel/random/boot_id')?.trim() ?? ''

/**
 * A name that no other process of this machine has had or will have: its boot, its pid and the moment it was started. Where the system
 * doesn't tell the last two (it is not Linux), only the pid.
 */
export function nameOfProcess(pid: number): string | undefined {
  const boot = nameOfBoot()
  if (boot === '') return isAlive(pid) ? `pid ${pid}` : undefined
  const status = readOr(`/proc/${pid}/stat`)
  // The program's name is in parentheses and may hold spaces; the start time is the 20th field after it.
  const started = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19]
  return started === undefined ? undefined : `${boot} ${pid} ${started}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
