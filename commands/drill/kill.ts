/** `rhizo drill kill`: kills a server under load again and again, and looks whether all that it acknowledged is there. */
import { setTimeout } from 'node:timers/promises'
import { PartlyFailed } from '../support/exit-code.ts'
import { action, requireNumber, type CommandGroup } from '../support/session.ts'
import { compare, type Comparison } from './compare.ts'
import { DrillLab, inScratchFolder } from './drill-lab.ts'
import { Ledger } from './ledger.ts'
import { Load } from './load.ts'
import { makeRandom } from './random.ts'

/** Losses that are listed one by one. */
const LISTED = 20

export interface KillReport {
  readonly kills: number
  readonly acknowledged: number
  /** Acknowledged values and files that were looked up, all comparisons together. */
  readonly compared_values: number
  readonly compared_files: number
  readonly losses: readonly string[]
  /** Milliseconds from the start of a server until it serves. */
  readonly start: { readonly median: number; readonly longest: number }
  readonly seed: number
}

export function define(drill: CommandGroup): void {
  drill
    .command('kill')
    .description(
      'Load a server over REST, WebSocket and MQTT on a lab of its own, kill it at random moments with SIGKILL, start it again, and ' +
        'compare what is there with what was acknowledged. Exit code 1 when anything is lost.',
    )
    .option('--times <number>', 'how many kills', '20')
    .option('--within <seconds>', 'the longest time that a server lives', '1')
    .option('--compare-every <number>', 'kills between two comparisons; the last kill is always followed by one', '50')
    .option('--seed <number>', 'chooses the moments', String(Math.floor(Math.random() * 1e6)))
    .addHelpText('after', '\nExamples:\n  rhizo drill kill\n  rhizo drill kill --times 1000 --within 0.5 --json')
    .action(
      action(async (session, options) => {
        const plan = {
          kills: requireNumber(options.times, '--times', { least: 1, whole: true }),
          within: requireNumber(options.within, '--within', { least: 0.01 }) * 1000,
          every: requireNumber(options.compareEvery, '--compare-every', { least: 1, whole: true }),
          seed: requireNumber(options.seed, '--seed', { least: 0, whole: true }),
        }
        const report = await inScratchFolder((folder) => killOften(folder, plan))
        await session.out.show(report, describe(report))
        if (report.losses.length > 0) throw new PartlyFailed()
      }),
    )
}

interface Plan {
  readonly kills: number
  /** Milliseconds. */
  readonly within: number
  readonly every: number
  readonly seed: number
}

async function killOften(folder: string, { kills, within, every, seed }: Plan): Promise<KillReport> {
  const random = makeRandom(seed)
  const ledger = new Ledger()
  const load = new Load(ledger)
  const lab = await DrillLab.make(folder)
  const starts: number[] = []
  const losses: string[] = []
  const compared = { values: 0, files: 0 }
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const asked = performance.now()
      const target = await lab.start()
      starts.push(performance.now() - asked)
      const end = new AbortController()
      const running = load.run(target, end.signal)
      // The first server makes the sequences: it is left the time to.
      await setTimeout(kill === 1 ? Math.max(within, FIRST) : random() * within)
      const killed = lab.kill()
      end.abort()
      await Promise.all([killed, running])
      if (kill % every !== 0 && kill !== kills) continue
      const found: Comparison = await compare(lab.settings, ledger, process.hrtime.bigint())
      compared.values += found.values
      compared.files += found.files
      losses.push(...found.losses.map((loss) => `after kill ${kill}: ${loss}`))
    }
  } finally {
    await lab.kill()
  }
  starts.sort((a, b) => a - b)
  return {
    kills,
    acknowledged: ledger.size,
    compared_values: compared.values,
    compared_files: compared.files,
    losses: losses.slice(0, LISTED),
    start: { median: Math.round(starts[starts.length >> 1] ?? 0), longest: Math.round(starts.at(-1) ?? 0) },
    seed,
  }
}

/** Milliseconds that the first server lives at least. */
const FIRST = 2_000

function describe({ kills, acknowledged, compared_values: values, compared_files: files, losses, start, seed }: KillReport): string {
  const number = (count: number): string => count.toLocaleString('en')
  return [
    `${number(kills)} kills, ${number(acknowledged)} changes acknowledged, ${number(values)} values and ${number(files)} files compared: ` +
      `${losses.length === 0 ? 'nothing lost' : 'some are lost'} (seed ${seed}).`,
    `A start took ${number(start.median)} ms in the median, ${number(start.longest)} ms at most.`,
    ...losses.map((loss) => `  ${loss}`),
  ].join('\n')
}
