/** `rhizo drill soak`: loads a server for long, and looks whether its memory stays what it was. */
import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Fault } from '../../src/base/fault.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { action, requireNumber, type CommandGroup } from '../support/session.ts'
import { compare } from './compare.ts'
import { DrillLab, inScratchFolder } from './drill-lab.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { summarize, takeSample, type Sample, type Usage } from './usage.ts'
import { visit } from './visits.ts'

/** Samples of a run. */
const SAMPLES = 120
/** Milliseconds between two changes of a transport: a lab's load, not a benchmark's. */
const PAUSE = 100

export interface SoakReport extends Usage {
  readonly minutes: number
  readonly acknowledged: number
  /** Rounds of pages, listings, exports, alerts, deleted ranges and subscriptions. */
  readonly visits: number
  readonly losses: readonly string[]
  readonly is_flat: boolean
}

export function define(drill: CommandGroup): void {
  drill
    .command('soak')
    .description(
      'Load a server over REST, WebSocket and MQTT on a lab of its own for a long time, while pages, listings and series are read, files ' +
        'exported, alerts made, ranges deleted; and compare its memory and open files early and late, and what is there with what was ' +
        'acknowledged. Exit code 1 when it grows by more than --growth, or anything is lost. Needs Linux.',
    )
    .option('--minutes <number>', 'how long', '60')
    .option('--growth <percent>', 'the growth of memory that is accepted', '10')
    .option('--record <file>', 'append each sample to this file, as a line of JSON')
    .addHelpText('after', '\nExamples:\n  rhizo drill soak --minutes 5\n  rhizo drill soak --record samples.ndjson --json')
    .action(
      action(async (session, options) => {
        if (process.platform !== 'linux') throw new Fault('invalid', 'The drill reads the memory of a process from /proc: it needs Linux.')
        const minutes = requireNumber(options.minutes, '--minutes', { least: 0.01 })
        const growth = requireNumber(options.growth, '--growth', { least: 0 })
        const report = await inScratchFolder((folder) => soak(folder, { minutes, growth, record: options.record }))
        await session.out.show(report, describe(report))
        if (report.losses.length > 0 || !report.is_flat) throw new PartlyFailed()
      }),
    )
}

interface Plan {
  readonly minutes: number
  readonly growth: number
  readonly record: string | undefined
}

async function soak(folder: string, { minutes, growth, record }: Plan): Promise<SoakReport> {
  const ledger = new Ledger()
  const lab = await DrillLab.make(folder)
  const samples: Sample[] = []
  let visits = 0
  try {
    const target = await lab.start()
    const end = new AbortController()
    const running = Promise.all([new Load(ledger, PAUSE).run(target, end.signal), visit(target, end.signal)])
    const began = performance.now()
    for (let number = 1; number <= SAMPLES; number++) {
      const wait = began + (minutes * 60_000 * number) / SAMPLES - performance.now()
      // An error of the load ends the drill.
      await Promise.race([setTimeout(wait), running])
      const sample = await takeSample(lab.pid, target.url, (performance.now() - began) / 1000)
      samples.push(sample)
      if (record !== undefined) appendFileSync(record, `${JSON.stringify(sample)}\n`)
    }
    end.abort()
    ;[, visits] = await running
  } finally {
    await lab.kill()
  }
  const { losses } = await compare(lab.settings, ledger, process.hrtime.bigint())
  const usage = summarize(samples)
  const { memory, descriptors } = usage
  const isFlat = memory.late <= memory.early * (1 + growth / 100) && descriptors.late <= descriptors.early + 10
  return { minutes, acknowledged: ledger.size, visits, losses, ...usage, is_flat: isFlat }
}

function describe({ minutes, acknowledged, visits, losses, memory, heap, handles, descriptors, is_flat: isFlat }: SoakReport): string {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  return [
    `${minutes} minutes, ${acknowledged.toLocaleString('en')} changes acknowledged, ${visits.toLocaleString('en')} rounds of visits, ` +
      `${losses.length === 0 ? 'nothing lost' : 'some are lost'}.`,
    `Memory: ${megabytes(memory.early)} early, ${megabytes(memory.late)} late, ${megabytes(memory.most)} at most, ` +
      `${megabytes(memory.per_hour)} more an hour; heap: ${megabytes(heap.early)} early, ${megabytes(heap.late)} late, ` +
      `${megabytes(heap.per_hour)} more an hour; open files: ${descriptors.early} early, ${descriptors.late} late; ` +
      `handles: ${handles.early} early, ${handles.late} late. ${isFlat ? 'It stays flat.' : 'It grows.'}`,
    ...losses.map((loss) => `  ${loss}`),
  ].join('\n')
}
