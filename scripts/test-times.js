// Loaded into each process of tests: leaves a line with the processor time that the process and its children took.
import { appendFileSync, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const { RHIZO_TEST_TIMES: times } = process.env
/** Of the clock that Linux counts processes' time in. */
const TICKS_A_SECOND = 100

if (times !== undefined && isMainThread)
  process.on('exit', () => {
    appendFileSync(times, `${JSON.stringify({ name: nameOf(process.argv[1] ?? ''), seconds: secondsOf(), wall: process.uptime() })}\n`)
  })

/** User and system time of this process and of its children that have ended; of the process alone where there is no /proc. */
function secondsOf() {
  try {
    // The fields behind the name: state is the third, utime the fourteenth, then stime, cutime and cstime.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ').slice(11, 15)
    return fields.reduce((sum, field) => sum + Number(field), 0) / TICKS_A_SECOND
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
}

/** Path below dist/test, as `npm test -- --list` has it. */
function nameOf(file) {
  return file.replace(/^.*\/dist\/test\//, '').replace(/(?:\.test)?\.js$/, '')
}
