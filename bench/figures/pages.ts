/** Pages in a real Chromium: time until the first chart, bytes of a first visit, and the memory of both sides. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../test/support/chromium.ts'
import type { Effort, Figure, Measurement } from '../figure.ts'
import { withLab, type Lab } from '../lab.ts'
import { median } from '../numbers.ts'
import { residentMegabytes } from '../processes.ts'
import { formatNumber } from '../table.ts'
import { csvOf } from './import.ts'

const ROWS = 10_000_000
const ROWS_PER_REQUEST = 100_000
/** Pages that are requested before the daemon's memory is measured again. */
const VISITS = 300
const MEGABYTE = 1_000_000
const KILOBYTE = 1_000
const PATIENCE = 60_000

/** Whether anything is drawn on the page's chart, with whatever technique. */
const IS_DRAWN = `(() => {
  const canvas = document.querySelector('main canvas')
  if (!canvas || canvas.width === 0 || canvas.height === 0) return false
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) return true
  return false
})()`
const HAS_TREND = "document.querySelector('[data-trend] path') !== null"

/** Checks in each frame, and returns the page's own clock, which starts with the navigation; NaN: never. */
const whenTrue = (condition: string): string => `new Promise((resolve) => {
  const look = () => (
      ${condition} ? resolve(performance.now())
      : performance.now() > ${PATIENCE} ? resolve(NaN)
      : requestAnimationFrame(look)
    )
  look()
})`

interface Visit {
  /** From the start of the navigation to the chart, in milliseconds. */
  chart: number
  /** Bytes transferred, with headers, until the network was idle. */
  bytes: number
  requests: number
  /** Size of the scripts' heap. */
  heap: number
}

export async function signIn(lab: Lab, context: BrowserContext): Promise<void> {
  const reply = await context.request.post(`http://127.0.0.1:${lab.port}/api/v1/sessions`, {
    data: { user: 'admin@example.com', password: 'correct-horse-9' },
  })
  if (!reply.ok()) throw new Error(`Signing in was answered with ${reply.status()}`)
}

/** A first visit: the browser's cache is empty but for the session's cookie. */
async function visit(browser: Browser, lab: Lab, path: string, isDone: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } })
  try {
    await signIn(lab, context)
    const page = await context.newPage()
    const sizes: Promise<number>[] = []
    page.on('requestfinished', (request) => {
      sizes.push(
        request.sizes().then(
          ({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize,
          () => 0,
        ),
      )
    })
    await page.goto(`http://127.0.0.1:${lab.port}${path}`, { waitUntil: 'commit', timeout: PATIENCE })
    const chart = await page.evaluate<number>(whenTrue(isDone))
    if (Number.isNaN(chart))
      throw new Error(`${path} showed no chart within ${PATIENCE / 1000} s: ${(await page.title()) || 'it has no title'}`)
    await page.waitForLoadState('networkidle')
    const all = await Promise.all(sizes)
    return { chart, bytes: all.reduce((sum, size) => sum + size, 0), requests: all.length, heap: await heapOf(page) }
  } finally {
    await context.close()
  }
}

async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  return usedSize
}

/** @param isDone a condition in the page's language @returns the medians of some first visits */
export async function visitAgain(browser: Browser, lab: Lab, path: string, isDone: string, times: number): Promise<Visit> {
  const visits: Visit[] = []
  // The first visit includes the browser's own start.
  for (let n = -1; n < times; n++) {
    const one = await visit(browser, lab, path, isDone)
    if (n >= 0) visits.push(one)
  }
  const middle = (pick: (one: Visit) => number): number => median(visits.map(pick))
  return {
    chart: middle((one) => one.chart),
    bytes: middle((one) => one.bytes),
    requests: middle((one) => one.requests),
    heap: middle((one) => one.heap),
  }
}

async function growthByPages(lab: Lab, path: string): Promise<{ before: number; after: number }> {
  const before = await residentMegabytes(lab.pid)
  for (let n = 0; n < VISITS; n++) await lab.request('GET', path)
  return { before, after: await residentMegabytes(lab.pid) }
}

async function measurePages(lab: Lab, { rounds }: Effort): Promise<Measurement[]> {
  const [path = ''] = lab.paths
  for (let from = 0; from < ROWS; from += ROWS_PER_REQUEST)
    await lab.request('POST', '/api/v1/sequences/values', csvOf(path, from, ROWS_PER_REQUEST), 'text/csv')
  const browser = await launchChromium()
  try {
    const folder = await visitAgain(browser, lab, lab.controller, HAS_TREND, rounds)
    const chart = await visitAgain(browser, lab, path, IS_DRAWN, rounds)
    const memory = await growthByPages(lab, lab.controller)
    const note = ({ requests }: Visit): string => `${formatNumber(requests)} requests, nothing in the cache`
    return [
      {
        name: 'pages-chart',
        title: 'page of a sequence of 10 million values, to the first chart',
        unit: 'ms',
        figure: chart.chart,
        aim: { of: 'figure', atMost: 1_000 },
        note: 'from the start of the navigation, nothing in the cache',
      },
      { name: 'pages-trend', title: 'page of its folder, to the first small chart', unit: 'ms', figure: folder.chart, note: 'as above' },
      {
        name: 'pages-bytes-chart',
        title: 'a first visit to the page of a sequence, over the wire',
        unit: 'kB',
        figure: chart.bytes / KILOBYTE,
        aim: { of: 'figure', atMost: 150 },
        note: note(chart),
      },
      {
        name: 'pages-bytes-folder',
        title: 'a first visit to the page of its folder, over the wire',
        unit: 'kB',
        figure: folder.bytes / KILOBYTE,
        aim: { of: 'figure', atMost: 150 },
        note: note(folder),
      },
      {
        name: 'pages-heap',
        title: "memory of that page's scripts in the browser",
        unit: 'MB',
        figure: chart.heap / MEGABYTE,
        note: `of its folder: ${formatNumber(folder.heap / MEGABYTE)} MB`,
      },
      {
        name: 'pages-memory',
        title: `memory more in the daemon after ${VISITS} pages`,
        unit: 'MB',
        figure: memory.after - memory.before,
        aim: { of: 'figure', atMost: 30 },
        note: `${formatNumber(memory.after)} MB in all, 10 million values stored`,
      },
    ]
  } finally {
    await browser.close()
  }
}

export const pageFigures: Figure[] = [{ name: 'pages', measure: (effort) => withLab({ sequences: 1 }, (lab) => measurePages(lab, effort)) }]
