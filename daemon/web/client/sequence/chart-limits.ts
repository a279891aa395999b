/** Limits of alerts as lines, and the stretches in which alerts were on as shades, behind the lines of a chart. */
import type uPlot from 'uplot'
import type { ChartAlerts } from '../../shared/chart-alerts.ts'

const SHADE = '1f'
const DASHES = [6, 4]

/** Draws what lies behind the lines. Call it when the plot has been cleared. */
export function drawAlerts(plot: uPlot, { limits, stretches }: ChartAlerts, scale: string, colour: string, now: number): void {
  const { ctx, bbox } = plot
  const [from, to] = [plot.scales['x']?.min ?? 0, plot.scales['x']?.max ?? 0]
  const [low, high] = [plot.scales[scale]?.min ?? 0, plot.scales[scale]?.max ?? 0]
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = `${colour}${SHADE}`
  for (const [start, end] of stretches) {
    if (start > to || (end ?? now) < from) continue
    const left = plot.valToPos(Math.max(start, from), 'x', true)
    const right = plot.valToPos(Math.min(end ?? now, to), 'x', true)
    // A short one is seen, too.
    ctx.fillRect(left, bbox.top, Math.max(right - left, 2), bbox.height)
  }
  ctx.strokeStyle = colour
  ctx.lineWidth = Math.max(1, Math.round(devicePixelRatio))
  ctx.setLineDash(DASHES.map((length) => length * ctx.lineWidth))
  for (const limit of limits) {
    if (limit < low || limit > high) continue
    const y = Math.round(plot.valToPos(limit, scale, true))
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
  }
  ctx.restore()
}

/** The range of an axis, wider where a limit is near: one that is far away would flatten the line. */
export function withLimits(min: number | null, max: number | null, limits: readonly number[]): [min: number | null, max: number | null] {
  if (min === null || max === null) return [min, max]
  const reach = Math.max(max - min, Math.abs(max) / 10, Number.MIN_VALUE)
  const near = limits.filter((limit) => limit >= min - reach && limit <= max + reach)
  return [Math.min(min, ...near), Math.max(max, ...near)]
}
