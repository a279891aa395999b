/** Time to start: the command printing its version, compared with Node doing nothing; the daemon with many sequences and a full head. */
import type { Figure, Measurement } from '../figure.ts'
import { compare } from '../figure.ts'
import { rhizoScript, withLab, type Lab } from '../lab.ts'
import { median } from '../numbers.ts'
import { launch, outputOf } from '../processes.ts'

const TIMES = 12
const SEQUENCES = 10_000
/** Values of each sequence: just fewer than would make the head be sealed. */
const COUNT = 19
/** The API's limit for one request is 100,000. */
const PATHS_PER_REQUEST = 5_000

async function time(args: string[]): Promise<number> {
  const began = performance.now()
  await outputOf(launch(process.execPath, args))
  return performance.now() - began
}

async function measureDaemon(lab: Lab, rounds: number): Promise<Measurement[]> {
  for (let at = 0; at < lab.paths.length; at += PATHS_PER_REQUEST) {
    const rows = lab.paths
      .slice(at, at + PATHS_PER_REQUEST)
      .flatMap((path) => Array.from({ length: COUNT }, (_, n) => `${path},${1_750_000_000 + n * 10},${n / 4}`))
    await lab.request('POST', '/api/v1/sequences/values', `path,timestamp,value\n${rows.join('\n')}\n`, 'text/csv')
  }
  const times: number[] = []
  for (let round = 0; round < rounds; round++) times.push(await lab.restart())
  return [
    {
      name: 'start-daemon',
      title: `rhizo serve until it answers, ${SEQUENCES} sequences and ${SEQUENCES * COUNT} values in the head`,
      unit: 'ms',
      figure: median(times),
      aim: { of: 'figure', atMost: 2_000 },
    },
  ]
}

export const startFigures: Figure[] = [
  {
    name: 'start',
    measure: async ({ rounds }) => {
      const compared = await compare(
        Math.max(TIMES, rounds),
        () => time([rhizoScript, '--version']),
        () => time(['-e', '0']),
      )
      return [{ name: 'start', title: 'rhizo --version, beside node -e 0', unit: 'ms', ...compared, aim: { of: 'ratio', atMost: 2.5 } }]
    },
  },
  { name: 'start-daemon', measure: ({ rounds }) => withLab({ sequences: SEQUENCES }, (lab) => measureDaemon(lab, rounds)) },
]
