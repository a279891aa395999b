/** Progress of long commands, on stderr. */
import type { WriteStream } from 'node:tty'

/** Nothing is drawn before this many milliseconds. */
const QUIET_START = 500
const REDRAW = 100
const BAR_WIDTH = 30

/** A progress bar in a terminal; a counter if the total is unknown; nothing without a terminal. */
export class Progress {
  readonly #stream: WriteStream | undefined
  readonly #label: string
  readonly #total: number | undefined
  readonly #started = performance.now()
  #done = 0
  #detail = ''
  #drawn = 0

  constructor(stream: WriteStream | undefined, label: string, total?: number) {
    this.#stream = stream
    this.#label = label
    this.#total = total
  }

  /** @param detail shown after the bar, such as a rate */
  advance(amount: number, detail?: string): void {
    this.#done += amount
    if (detail !== undefined) this.#detail = detail
    const now = performance.now()
    if (this.#stream === undefined || now - this.#started < QUIET_START || now - this.#drawn < REDRAW) return
    this.#drawn = now
    const line = `${this.#label}  ${this.#bar(now)}${this.#detail === '' ? '' : `  ${this.#detail}`}`
    this.#stream.write(`\r\u001b[K${line.slice(0, Math.max((this.#stream.columns || 80) - 1, 20))}`)
  }

  /** Removes the bar. */
  end(): void {
    if (this.#drawn > 0) this.#stream?.write('\r\u001b[K')
  }

  #bar(now: number): string {
    if (this.#total === undefined || this.#total === 0) return String(this.#done)
    const share = Math.min(this.#done / this.#total, 1)
    const filled = Math.round(share * BAR_WIDTH)
    const left = share > 0 ? Math.round(((now - this.#started) / share) * (1 - share)) / 1000 : 0
    return (
      `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${String(Math.floor(share * 100)).padStart(3)} %  ` +
      `${Math.ceil(left)} s left`
    )
  }
}
