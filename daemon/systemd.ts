/**
 * Tells systemd that the server serves, that it stops, and, where the unit has a WatchdogSec, that it still runs. Only while the event loop
 * turns: a disk that stalls is no reason to end a server that holds what waits for it. Source of the rules: sd_notify(3).
 */
import { execFile } from 'node:child_process'
import type { Log } from '../src/base/log.ts'
import type { Part } from './parts.ts'

/** Part of systemd: node itself has no datagram sockets of the kind that it listens on. */
const COMMAND = 'systemd-notify'

type Environment = Readonly<Record<string, string | undefined>>

export class SystemdNotice implements Part {
  readonly #log: Log
  readonly #isAsked: boolean
  readonly #goesOn: () => boolean
  /** Half of the time after which systemd takes the server for hung, in ms; 0: it doesn't watch. */
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param goesOn asked at the stop: the process serves on with another daemon, and systemd, which would end it, hears of no stop */
  constructor(log: Log, goesOn: () => boolean = () => false, environment: Environment = process.env) {
    this.#log = log
    this.#goesOn = goesOn
    this.#isAsked = Boolean(environment['NOTIFY_SOCKET'])
    const isMeant = environment['WATCHDOG_PID'] === undefined || environment['WATCHDOG_PID'] === String(process.pid)
    this.#everyMs = isMeant ? Math.floor(Number(environment['WATCHDOG_USEC'] ?? 0) / 2_000) || 0 : 0
  }

  /** Resolves when systemd knows that the server serves; a notice that can't be sent is only logged. */
  async start(): Promise<void> {
    if (!this.#isAsked) return
    if (this.#everyMs > 0) this.#timer = setInterval(() => void this.#tell('WATCHDOG=1'), this.#everyMs)
    await this.#tell('READY=1', `MAINPID=${process.pid}`)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    if (this.#isAsked && !this.#goesOn()) await this.#tell('STOPPING=1')
  }

  #tell(...lines: string[]): Promise<void> {
    return new Promise((resolve) => {
      execFile(COMMAND, lines, { timeout: 5_000 }, (error) => {
        if (error) this.#log.warn({ err: error, notice: lines[0] }, 'systemd could not be told')
        resolve()
      })
    })
  }
}
