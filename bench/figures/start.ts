/** How long the command takes to say its version, beside Node doing nothing. */
import type { Figure } from '../figure.ts'
import { compare } from '../figure.ts'
import { rhizoScript } from '../lab.ts'
import { launch, outputOf } from '../processes.ts'

const TIMES = 12

async function time(args: string[]): Promise<number> {
  const began = performance.now()
  await outputOf(launch(process.execPath, args))
  return performance.now() - began
}

export const startFigures: Figure[] = [
  {
    name: 'start',
    measure: async ({ rounds }) => {
      const compared = await compare(Math.max(TIMES, rounds), () => time([rhizoScript, '--version']), () => time(['-e', '0']))
      return [{ name: 'start', title: 'rhizo --version, beside node -e 0', unit: 'ms', ...compared, aim: { of: 'ratio', atMost: 2.5 } }]
    },
  },
]
