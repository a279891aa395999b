/** Figures: how they are measured, what they should be, and the results. */
import { median } from './numbers.ts'

/** How much work a figure gets; `--rounds` and `--seconds` set it. */
export interface Effort {
  rounds: number
  /** Seconds of load on each side in one round. */
  seconds: number
  /** How many values `billion` brings in. */
  values: number
}

/** A bound on the figure itself, or on its ratio to the bare program's. */
export interface Aim {
  of: 'figure' | 'ratio'
  atLeast?: number
  atMost?: number
}

export interface Measurement {
  name: string
  title: string
  unit: string
  figure: number
  bare?: number
  /** Ratio of figure to bare: the median over the rounds, if there were several. */
  ratio?: number
  aim?: Aim
  /** Other results of the same run. */
  note?: string
  /** The same as numbers, for `--json`. */
  parts?: Readonly<Record<string, number>>
  /** Share of the machine, 0 to 1, that other programs used right before or after. */
  others?: number
}

/** A group of figures with the same set-up. */
export interface Figure {
  /** The name for `--only`; the measurements' names begin with it. */
  name: string
  measure(effort: Effort): Promise<Measurement[]>
}

export interface Compared {
  figure: number
  bare: number
  ratio: number
}

/**
 * Measures both sides in turns, so that a machine that slows down or speeds up affects both: a round to warm up, then `rounds` that count,
 * in alternating order. The ratio is the median of the rounds' ratios.
 */
export async function compare(rounds: number, ours: () => Promise<number>, bare: () => Promise<number>, warmUp = true): Promise<Compared> {
  const figures: number[] = []
  const bares: number[] = []
  for (let round = warmUp ? -1 : 0; round < rounds; round++) {
    const sides = [
      { run: ours, into: figures },
      { run: bare, into: bares },
    ]
    if (round % 2 !== 0) sides.reverse()
    for (const { run, into } of sides) {
      const value = await run()
      if (round >= 0) into.push(value)
    }
  }
  return { figure: median(figures), bare: median(bares), ratio: median(figures.map((value, at) => value / (bares[at] ?? Number.NaN))) }
}

/** Whether the aim is met; undefined without an aim. */
export function isMet({ aim, figure, ratio }: Measurement): boolean | undefined {
  if (aim === undefined) return undefined
  const value = aim.of === 'ratio' ? (ratio ?? Number.NaN) : figure
  return (aim.atLeast === undefined || value >= aim.atLeast) && (aim.atMost === undefined || value <= aim.atMost)
}
