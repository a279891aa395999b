/**
 * A simulation of values that arrive by single requests: clients that wait for each answer, a main thread, a writer that commits what has
 * gathered, a disk, and cores that all threads share. It is given what one request and one commit cost, and finds throughput and waits.
 */
import { makeRandom } from '../../commands/drill/random.ts'
import { quantile } from '../numbers.ts'

export interface Machine {
  readonly cores: number
  /** Seconds of an fsync, some to choose from by chance. */
  readonly fsyncs: readonly number[]
}

/** Seconds of processor time. */
export interface Costs {
  /** Of the main thread for one request, and for one commit of any number of them. */
  readonly request: number
  readonly turn: number
  /** Of the writer for one value, and for one commit of any number of them. */
  readonly value: number
  readonly commit: number
  /** Of the clients' process, which shares the machine, for one request; 0: they have a machine of their own. */
  readonly client: number
}

export interface Prediction {
  readonly requestsPerSecond: number
  /** Seconds from request to answer. */
  readonly p50: number
  readonly p99: number
  readonly valuesPerCommit: number
}

interface Task {
  left: number
  readonly then: () => void
}

/** Threads that share cores evenly, and things that happen at a time. */
class Clock {
  now = 0
  readonly #cores: number
  readonly #threads: Task[][]
  readonly #timers: { at: number; then: () => void }[] = []

  constructor(cores: number, threads: number) {
    this.#cores = cores
    this.#threads = Array.from({ length: threads }, () => [])
  }

  run(thread: number, work: number, then: () => void): void {
    this.#threads[thread]?.push({ left: work, then })
  }

  after(seconds: number, then: () => void): void {
    this.#timers.push({ at: this.now + seconds, then })
  }

  isIdle(thread: number): boolean {
    return this.#threads[thread]?.length === 0
  }

  /** Goes on to the next thing that ends. @returns false when nothing is left to do */
  step(): boolean {
    const busy = this.#threads.filter((tasks) => tasks.length > 0)
    const speed = Math.min(1, this.#cores / Math.max(1, busy.length))
    let end = Number.POSITIVE_INFINITY
    for (const [task] of busy) if (task) end = Math.min(end, this.now + task.left / speed)
    for (const { at } of this.#timers) end = Math.min(end, at)
    if (!Number.isFinite(end)) return false
    const passed = (end - this.now) * speed
    this.now = end
    const ended: (() => void)[] = []
    for (const tasks of busy) {
      const [task] = tasks
      if (!task) continue
      task.left -= passed
      if (task.left > 1e-12) continue
      tasks.shift()
      ended.push(task.then)
    }
    for (let at = this.#timers.length - 1; at >= 0; at--) {
      const timer = this.#timers[at]
      if (!timer || timer.at > end) continue
      this.#timers.splice(at, 1)
      ended.push(timer.then)
    }
    for (const then of ended) then()
    return true
  }
}

const CLIENT = 0
const MAIN = 1
const WRITER = 2

/** Requests that don't count, while queues fill. */
const WARM_UP = 500

/** @param connections clients that each send the next request when the last one is answered */
export function predict(machine: Machine, costs: Costs, connections: number, requests = 20_000, seed = 1): Prediction {
  const random = makeRandom(seed)
  const clock = new Clock(machine.cores, 3)
  const varied = (seconds: number): number => seconds * (0.5 + random())
  const waits: number[] = []
  let waiting: { sentAt: number }[] = []
  let [isCommitting, answered, commits, countFrom] = [false, 0, 0, 0]

  const send = (): void => {
    const sentAt = clock.now
    clock.run(CLIENT, varied(costs.client / 2), () =>
      clock.run(MAIN, varied(costs.request), () => {
        waiting.push({ sentAt })
        commitNext()
      }),
    )
  }

  /** One commit at a time takes all that has gathered meanwhile. */
  const commitNext = (): void => {
    if (isCommitting || waiting.length === 0) return
    isCommitting = true
    const batch = waiting
    waiting = []
    clock.run(WRITER, varied(costs.commit + costs.value * batch.length), () =>
      clock.after(machine.fsyncs[Math.floor(random() * machine.fsyncs.length)] ?? 0, () =>
        clock.run(MAIN, varied(costs.turn), () => {
          isCommitting = false
          commits++
          for (const { sentAt } of batch) clock.run(CLIENT, varied(costs.client / 2), () => answer(sentAt))
          commitNext()
        }),
      ),
    )
  }

  const answer = (sentAt: number): void => {
    if (++answered === WARM_UP) [countFrom, commits] = [clock.now, 0]
    if (answered > WARM_UP) waits.push(clock.now - sentAt)
    send()
  }

  for (let n = 0; n < connections; n++) send()
  while (answered < WARM_UP + requests && clock.step()) continue
  return {
    requestsPerSecond: waits.length / (clock.now - countFrom),
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    valuesPerCommit: waits.length / Math.max(1, commits),
  }
}
