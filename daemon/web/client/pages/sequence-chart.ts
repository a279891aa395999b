/** The page of a numeric sequence. */
import './main.ts'
import { need, readState } from '../dom.ts'
import { handlePrinting } from '../printing.ts'
import { Chart } from '../sequence/chart.ts'
import type { ChartPage } from '../sequence/chart-page.ts'
import { handleControls } from '../sequence/chart-dialogs.ts'
import { ChartNotes } from '../sequence/chart-notes.ts'
import { ChartStatistics } from '../sequence/chart-statistics.ts'
import { ChartStrips } from '../sequence/chart-strips.ts'
import { handleCorrections } from '../sequence/corrections.ts'
import { handleGestures } from '../sequence/chart-gestures.ts'
import { handleChanges } from '../sequence/changes.ts'
import { toastError } from '../toasts.ts'

const page = readState<ChartPage>()
const chart = new Chart(page)
const place = need('#chart', HTMLElement)

handleControls(chart, page)
handleGestures(place, chart.drawing, {
  move: (part) => chart.move(part),
  zoom: (factor, at) => chart.zoom(factor, at),
  step: (direction) => chart.step(direction),
  toNewest: () => chart.toNewest(),
  toOldest: () => void chart.toOldest().catch(toastError),
  read: (direction) => chart.read(direction),
})
handleCorrections(page.path, () => ({ span: chart.span, zone: chart.zone }))
handleChanges(page.path, () => ({ span: chart.span, zone: chart.zone }))
new ChartNotes(chart, page)
new ChartStatistics(chart)
new ChartStrips(chart)
chart.start().catch(toastError)

document.addEventListener('theme-changed', () => chart.renew())
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.renew())
let width = place.clientWidth
new ResizeObserver(() => {
  if (place.clientWidth === width || place.clientWidth === 0) return
  width = place.clientWidth
  chart.drawing.resize()
}).observe(place)

handlePrinting(() => chart.renew())
