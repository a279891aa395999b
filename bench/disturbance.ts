/** How much other programs use the machine: a figure taken beside other work says little. */
import { cpus } from 'node:os'
import { rest } from './processes.ts'

/** How long to measure, in milliseconds. */
const WATCH = 1_000
/** Share of all cores above which a figure is called disturbed. */
export const DISTURBED = 0.1

function usage(): { busy: number; total: number } {
  let busy = 0
  let total = 0
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle
    total += all
    busy += all - times.idle
  }
  return { busy, total }
}

/** Share of all cores, 0 to 1, that is in use while the bench itself rests. */
export async function measureOthers(): Promise<number> {
  const before = usage()
  await rest(WATCH)
  const after = usage()
  return (after.busy - before.busy) / Math.max(1, after.total - before.total)
}
