/**
 * Starts daemons, each with another part whose start fails, and prints what came of it as a line of JSON. The process ends by
 * itself if no start leaves anything behind. Arguments: a folder of its own.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createDaemon } from '../../daemon/daemon.ts'
import { Parts, Together, type Part } from '../../daemon/parts.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { labSettings } from './lab.ts'

/** More parts than a daemon has. */
const MOST = 60
const FAILURE = 'this start was made to fail'

/** Lets the start of the part with that number fail, before it has acted or after. */
class FailingParts extends Parts {
  readonly #failing: number
  readonly #when: 'before' | 'after'
  count = 0

  constructor(failing: number, when: 'before' | 'after') {
    super(silentLog)
    this.#failing = failing
    this.#when = when
  }

  override start(part: Part): Promise<void> {
    return super.start(part instanceof Together ? new Together(...part.parts.map((each) => this.#wrap(each))) : this.#wrap(part))
  }

  #wrap(part: Part): Part {
    const isFailing = this.count++ === this.#failing
    return {
      start: async () => {
        if (isFailing && this.#when === 'before') throw new Error(FAILURE)
        await part.start()
        if (isFailing) throw new Error(FAILURE)
      },
      stop: () => part.stop(),
    }
  }
}

/**
 * What keeps the process from ending, other than its output. The port of a thread that has ended is listed for a while, and
 * keeps nothing.
 */
const handles = (): string[] =>
  process.getActiveResourcesInfo().filter((name) => !/^(?:PipeWrap|TTYWrap|MessagePort|FSReqCallback|FSReqPromise)$/.test(name))

const [folder = ''] = process.argv.slice(2)
const results: { part: number; when: string; error: string; handles: string[] }[] = []
let isStarted = false
for (let part = 0; !isStarted && part < MOST; part++) {
  for (const when of ['before', 'after'] as const) {
    const home = join(folder, `${part}-${when}`)
    mkdirSync(home)
    const parts = new FailingParts(part, when)
    const settings = labSettings(home)
    const daemon = createDaemon(settings, { clock: systemClock, log: silentLog, mqttTcpPort: 0, parts })
    let error = ''
    try {
      await daemon.start()
      isStarted = true
      await daemon.stop()
      break
    } catch (reason) {
      error = reason instanceof Error ? reason.message : String(reason)
    }
    // What was set for the loop's next turns ends with them; what goes on keeps the process.
    for (let turn = 0; turn === 0 || (turn < 100 && handles().length > 0); turn++) await new Promise((resolve) => setImmediate(resolve))
    results.push({ part, when, error, handles: handles() })
  }
}
process.stdout.write(`${JSON.stringify(results)}\n`)
