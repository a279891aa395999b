/** Small charts beside the newest values. */
import { outlineOf } from '../../shared/sparkline.ts'
import { all } from '../dom.ts'

/** Number of charts in one request. */
const BATCH = 40

type Trends = Record<string, [times: number[], values: number[]] | undefined>

const none = (): Trends => ({})

/** Draws those in view, and others when they come into view. */
export function drawTrends(): void {
  let waiting: SVGSVGElement[] = []
  const observer = new IntersectionObserver(
    (entries) => {
      const seen = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target)
      for (const element of seen) observer.unobserve(element)
      if (waiting.length === 0) setTimeout(flush, 50)
      waiting.push(...seen.filter((element) => element instanceof SVGSVGElement))
    },
    { rootMargin: '200px' },
  )
  const flush = (): void => {
    const batch = waiting
    waiting = []
    for (let from = 0; from < batch.length; from += BATCH) void draw(batch.slice(from, from + BATCH))
  }
  for (const element of all('[data-trend]', SVGSVGElement)) observer.observe(element)
}

async function draw(elements: readonly SVGSVGElement[]): Promise<void> {
  const ids = elements.map((element) => element.dataset['trend'] ?? '')
  // They are decoration: the list is complete without them.
  const trends: Trends = await fetch(`/-/trends?ids=${ids.join(',')}`, { credentials: 'same-origin' }).then(
    (response) => (response.ok ? (response.json() as Promise<Trends>) : none()),
    none,
  )
  for (const element of elements) {
    const [times, values] = trends[element.dataset['trend'] ?? ''] ?? [[], []]
    if (values.length < 2) continue
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    path.setAttribute('d', outlineOf(times, values))
    element.replaceChildren(path)
  }
}
