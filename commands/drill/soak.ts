/** `rhizo drill soak`: loads a server for long, and looks whether its memory stays what it was. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Fault } from '../../src/base/fault.ts'
import { PartlyFailed } from '../support/exit-code.ts'
import { action, requireNumber, type CommandGroup } from '../support/session.ts'
import { compare } from './compare.ts'
import { DrillLab, inScratchFolder } from './drill-lab.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'

/** Samples of a run. */
const SAMPLES = 120
/** The share of the run in which caches fill: memory counts from then on. */
const WARM_UP = 0.25

export interface SoakReport {
  readonly minutes: number
  readonly acknowledged: number
  readonly losses: readonly string[]
  /** Bytes of memory (RSS): the median of the first and of the last quarter after the caches have filled, and the most that was seen. */
  readonly memory: { readonly early: number; readonly late: number; readonly most: number }
  /** Open files of the server at the same times. */
  readonly descriptors: { readonly early: number; readonly late: number }
  readonly is_flat: boolean
}

export function define(drill: CommandGroup): void {
  drill
    .command('soak')
    .description(
      'Load a server over REST, WebSocket and MQTT on a lab of its own for a long time, and compare its memory and open files early and ' +
        'late, and what is there with what was acknowledged. Exit code 1 when it grows by more than --growth, or anything is ' +
        'lost. Needs Linux.',
    )
    .option('--minutes <number>', 'how long', '60')
    .option('--growth <percent>', 'the growth of memory that is accepted', '10')
    .addHelpText('after', '\nExamples:\n  rhizo drill soak --minutes 5\n  rhizo drill soak --json')
    .action(
      action(async (session, options) => {
        if (process.platform !== 'linux') throw new Fault('invalid', 'The drill reads the memory of a process from /proc: it needs Linux.')
        const minutes = requireNumber(options.minutes, '--minutes', { least: 0.01 })
        const growth = requireNumber(options.growth, '--growth', { least: 0 })
        const report = await inScratchFolder((folder) => soak(folder, minutes, growth))
        await session.out.show(report, describe(report))
        if (report.losses.length > 0 || !report.is_flat) throw new PartlyFailed()
      }),
    )
}

async function soak(folder: string, minutes: number, growth: number): Promise<SoakReport> {
  const ledger = new Ledger()
  const lab = await DrillLab.make(folder)
  const memory: number[] = []
  const descriptors: number[] = []
  try {
    const target = await lab.start()
    const end = new AbortController()
    const running = new Load(ledger).run(target, end.signal)
    for (let sample = 0; sample < SAMPLES; sample++) {
      // An error of the load ends the drill.
      await Promise.race([setTimeout((minutes * 60_000) / SAMPLES), running])
      memory.push(memoryOf(lab.pid))
      descriptors.push(descriptorsOf(lab.pid))
    }
    end.abort()
    await running
  } finally {
    await lab.kill()
  }
  const { losses } = await compare(lab.settings, ledger, process.hrtime.bigint())
  const [early, late] = ends(memory)
  const [openEarly, openLate] = ends(descriptors)
  return {
    minutes,
    acknowledged: ledger.size,
    losses,
    memory: { early, late, most: Math.max(...memory) },
    descriptors: { early: openEarly, late: openLate },
    is_flat: late <= early * (1 + growth / 100) && openLate <= openEarly + 10,
  }
}

/** The medians of the first and the last quarter of what comes after the warm-up. */
function ends(samples: readonly number[]): [number, number] {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP))
  const quarter = Math.max(1, warm.length >> 2)
  const median = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[part.length >> 1] ?? 0
  return [median(warm.slice(0, quarter)), median(warm.slice(-quarter))]
}

/** @throws Error when the process is gone */
function memoryOf(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

const descriptorsOf = (pid: number | undefined): number => readdirSync(`/proc/${pid}/fd`).length

function describe({ minutes, acknowledged, losses, memory, descriptors, is_flat: isFlat }: SoakReport): string {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
  return [
    `${minutes} minutes, ${acknowledged.toLocaleString('en')} changes acknowledged, ` +
      `${losses.length === 0 ? 'nothing lost' : 'some are lost'}.`,
    `Memory: ${megabytes(memory.early)} early, ${megabytes(memory.late)} late, ${megabytes(memory.most)} at most; ` +
      `open files: ${descriptors.early} early, ${descriptors.late} late. ${isFlat ? 'It stays flat.' : 'It grows.'}`,
    ...losses.map((loss) => `  ${loss}`),
  ].join('\n')
}
