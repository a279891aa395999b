/**
 * Keeps the process running when code fails that an extension left behind: a timer that throws, a promise that is rejected when nobody
 * waits for it, a socket with an error that nobody hears. And an extension does not end the process.
 */
import { describeProblem } from './find.ts'
import { originNow } from './origin.ts'

const exit = process.exit.bind(process)
let users = 0

/** @returns its own end; what was the process's own behaviour comes back when all have ended */
export function guardProcess(): () => void {
  if (users++ === 0) {
    process.on('uncaughtException', judge)
    process.exit = refuseExit
  }
  let isEnded = false
  return () => {
    if (isEnded) return
    isEnded = true
    if (--users > 0) return
    process.off('uncaughtException', judge)
    process.exit = exit
  }
}

function judge(error: unknown, how: NodeJS.UncaughtExceptionOrigin): void {
  const origin = originNow()
  if (origin)
    origin.failed(how === 'unhandledRejection' ? 'a promise for which nobody waited' : 'code that it left behind', describeProblem(error))
  else if (process.listenerCount('uncaughtException') === 1) {
    // As without this: the process says what happened, and ends.
    process.off('uncaughtException', judge)
    throw error
  }
}

function refuseExit(code?: number | string | null): never {
  const origin = originNow()
  if (origin) throw new Error(`process.exit was called, which would end the server: throw an Error instead`)
  return exit(code)
}
