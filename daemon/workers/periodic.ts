/** What the daemon does from time to time. One run at a time, and an error ends that run alone. */
import type { Log } from '../../src/base/log.ts'

export interface PeriodicWork {
  /** For the log: what it does. */
  readonly name: string
  readonly everyMs: number
  /** @param isStopped asked between steps */
  run(isStopped: () => boolean): Promise<void>
}

export interface PeriodicWorker {
  /** Does it now, after the run that may be under way; resolves when it is done. */
  run(): Promise<void>
  /** Resolves when the step under way is done. */
  stop(): Promise<void>
}

export function startPeriodic(log: Log, work: PeriodicWork): PeriodicWorker {
  const { name, everyMs } = work
  let running: Promise<void> | undefined
  let stopped = false

  const start = async (before: Promise<void> | undefined): Promise<void> => {
    await before
    if (stopped) return
    try {
      await work.run(() => stopped)
    } catch (error) {
      log.error({ err: error }, `${name} failed`)
    }
  }
  const runNow = (): Promise<void> => {
    const next: Promise<void> = start(running).finally(() => {
      if (running === next) running = undefined
    })
    running = next
    return next
  }
  const timer = setInterval(() => {
    if (!running) void runNow()
  }, everyMs)
  return {
    run: runNow,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
