/** A dashboard on a wall: 30 tiles whose sequences get a value each second, as processor time of the daemon and of the page. */
import type { CDPSession, Page } from 'playwright-core'
import { launchChromium } from '../../test/support/chromium.ts'
import type { Effort, Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { rest } from '../processes.ts'
import { formatNumber } from '../table.ts'
import { usageOf, usedSince } from '../usage.ts'
import { signIn } from './pages.ts'

const TILES = 30
/** Values that each sequence has before, one a second. */
const BEFORE = 900
/** Most seconds of one measurement: at 1 Hz there is little to see in two. */
const LEAST_SECONDS = 20
const PERCENT = 100
const PATIENCE = 60_000

/** Charts, newest values and strips of states by turns. States change each minute. */
const valueAt = (which: number, second: number): number => (which % 3 === 2 ? Math.floor(second / 60) % 2 : (second * 3 + which) % 11)

const boardOf = (paths: readonly string[]): string =>
  `tiles:\n${paths
    .map((path, at) => `  - kind: ${['chart', 'values', 'states'][at % 3] ?? ''}\n    sequences: ${path}\n    range: 15m\n`)
    .join('')
    .replace(/(kind: values\n {4}sequences: \S+\n) {4}range: 15m\n/g, '$1')}`

async function fill(lab: Lab): Promise<void> {
  const now = Date.now()
  for (const [which, path] of lab.paths.entries()) {
    const lines = Array.from(
      { length: BEFORE },
      (_, at) => `${path},${new Date(now - (BEFORE - at) * 1000).toISOString()},${valueAt(which, at)}`,
    )
    await lab.request('POST', '/api/v1/sequences/values', `path,timestamp,value\n${lines.join('\n')}\n`, 'text/csv')
  }
  const data = Buffer.from(boardOf(lab.paths)).toString('base64')
  await lab.request('POST', '/api/v1/resources', { path: '/bench-org', name: 'wall.dashboard', type: 'file', data })
}

/** Sends a value of each sequence each second. */
async function feed(lab: Lab, seconds: number): Promise<void> {
  const began = performance.now()
  for (let at = 0; at < seconds; at++) {
    const values = Object.fromEntries(lab.paths.map((path, which) => [path, valueAt(which, BEFORE + at)]))
    await lab.request('PUT', '/api/v1/resources', { values })
    await rest(Math.max(0, began + (at + 1) * 1000 - performance.now()))
  }
}

/** Seconds that the page's main thread has computed. */
async function taskTime(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
}

async function open(lab: Lab, page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  await page.goto(`http://127.0.0.1:${lab.port}/bench-org/wall.dashboard?wall=1`, { waitUntil: 'networkidle', timeout: PATIENCE })
  await page.locator('main canvas').first().waitFor()
  return session
}

async function measure(lab: Lab, effort: Effort): Promise<Measurement[]> {
  const seconds = Math.max(LEAST_SECONDS, effort.seconds)
  await fill(lab)
  const browser = await launchChromium()
  try {
    const daemonWhile = async (work: () => Promise<void>): Promise<number> => {
      const before = usageOf(lab.pid)
      await work()
      const { main, others } = usedSince(before, usageOf(lab.pid))
      return ((main + others) / seconds) * PERCENT
    }
    await feed(lab, 3)
    const alone = await daemonWhile(() => feed(lab, seconds))
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } })
    await signIn(lab, context)
    const session = await open(lab, await context.newPage())
    // The first values are drawn with what the page compiles for them.
    await feed(lab, 5)
    const before = await taskTime(session)
    const watched = await daemonWhile(() => feed(lab, seconds))
    const page = (((await taskTime(session)) - before) / seconds) * PERCENT
    return [
      {
        name: 'wall-daemon',
        title: `a wall of ${TILES} tiles at 1 Hz: the daemon's processor time for the page`,
        unit: '% of a core',
        figure: watched - alone,
        aim: { of: 'figure', atMost: 3 },
        note: `${formatNumber(watched)} % with the page, ${formatNumber(alone)} % for the values without it`,
      },
      {
        name: 'wall-page',
        title: "the same: the page's main thread, at 1920 × 1080",
        unit: '% of a core',
        figure: page,
        aim: { of: 'figure', atMost: 3 },
      },
    ]
  } finally {
    await browser.close()
  }
}

export const wallFigures: Figure[] = [{ name: 'wall', measure: (effort) => withLab({ sequences: TILES }, (lab) => measure(lab, effort)) }]
