/** What a process has used until now, from Linux' own accounts in /proc. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  /** Seconds of processor time of the main thread, and of all others together: writer, sealer, pool, garbage collector. */
  readonly main: number
  readonly others: number
  /** Bytes that the system counts as written to disks. */
  readonly written: number
}

const NANOSECONDS = 1e9

/** Linux only. Threads that have ended are not counted. */
export function usageOf(pid: number): Usage {
  let [main, others] = [0, 0]
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const seconds = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / NANOSECONDS
    if (Number(thread) === pid) main = seconds
    else others += seconds
  }
  return { main, others, written: Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]) }
}

/** What was used from one account to the next. */
export const usedSince = (before: Usage, after: Usage): Usage => ({
  main: after.main - before.main,
  others: after.others - before.others,
  written: after.written - before.written,
})
