/** What a server takes of its machine, early and late in a run. */
import { readdirSync, readFileSync } from 'node:fs'

/** The share of the run in which caches fill: what comes then counts. */
const WARM_UP = 0.25

export interface Sample {
  /** Since the run began. */
  readonly seconds: number
  /** Bytes: all memory of the process (RSS), the used part of the JavaScript heap, and buffers beside it. */
  readonly memory: number
  readonly heap: number
  readonly external: number
  /** Sockets, timers and the like that Node has open. */
  readonly handles: number
  readonly descriptors: number
}

/** After the caches have filled: medians of the first and the last quarter, the most, and the slope of the straight line through all. */
export interface Course {
  readonly early: number
  readonly late: number
  readonly most: number
  readonly per_hour: number
}

export interface Usage {
  readonly memory: Course
  readonly heap: Course
  readonly external: Course
  readonly handles: Course
  readonly descriptors: Course
}

/** @throws Error when the process is gone, or does not answer */
export async function takeSample(pid: number | undefined, url: string, seconds: number): Promise<Sample> {
  const metrics = await (await fetch(new URL('/metrics', url))).text()
  /** Summed over what the metric tells apart. */
  const metric = (name: string): number => {
    const lines = [...metrics.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))]
    if (lines.length === 0) throw new Error(`the server has no metric ${name}`)
    return lines.reduce((sum, [, text]) => sum + Number(text), 0)
  }
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return {
    seconds: Math.round(seconds * 10) / 10,
    memory: Number(kilobytes) * 1024,
    heap: metric('nodejs_heap_size_used_bytes'),
    external: metric('nodejs_external_memory_bytes'),
    handles: metric('nodejs_active_resources'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  }
}

export function summarize(samples: readonly Sample[]): Usage {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP))
  const course = (key: keyof Usage): Course => courseOf(warm.map((sample) => [sample.seconds, sample[key]]))
  return {
    memory: course('memory'),
    heap: course('heap'),
    external: course('external'),
    handles: course('handles'),
    descriptors: course('descriptors'),
  }
}

/** @param points seconds and what was seen then, in order */
export function courseOf(points: readonly (readonly [number, number])[]): Course {
  const values = points.map(([, value]) => value)
  const quarter = Math.max(1, values.length >> 2)
  const median = (part: readonly number[]): number => part.toSorted((a, b) => a - b)[part.length >> 1] ?? 0
  const mean = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length
  const center = { time: mean(points.map(([time]) => time)), value: mean(values) }
  let [covariance, variance] = [0, 0]
  for (const [time, value] of points) {
    covariance += (time - center.time) * (value - center.value)
    variance += (time - center.time) ** 2
  }
  return {
    early: median(values.slice(0, quarter)),
    late: median(values.slice(-quarter)),
    most: Math.max(...values),
    per_hour: variance === 0 ? 0 : Math.round((covariance / variance) * 3600),
  }
}
