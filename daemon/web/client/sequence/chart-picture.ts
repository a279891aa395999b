/** Saves what a chart draws as a file: an SVG, or the same as pixels. */
import { drawSvg, type Size } from '../../shared/chart-svg.ts'
import { make } from '../dom.ts'
import type { Chart } from './chart.ts'
import { nameOf } from './chart-data.ts'

const SIZE: Size = { width: 1_200, height: 560 }
/** Pixels of a PNG for each of the SVG, so that it is sharp in print. */
const SCALE = 2

/** @throws Error when nothing is drawn yet, or the browser can't make pixels of it */
export async function savePicture(chart: Chart, format: 'svg' | 'png'): Promise<void> {
  const picture = chart.drawing.picture(chart.zone)
  if (!picture) throw new Error('The chart is not drawn yet. Try again when it is.')
  const name = [...chart.paths, ...chart.strips].map(nameOf).join(', ').slice(0, 100)
  const strips = chart.drawnStrips()
  const svg = new Blob([drawSvg({ ...picture, strips }, name, SIZE, chart.now)], { type: 'image/svg+xml' })
  saveBlob(format === 'svg' ? svg : await pixelsOf(svg), `${name}.${format}`)
}

async function pixelsOf(svg: Blob): Promise<Blob> {
  const address = URL.createObjectURL(svg)
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = make('canvas', { width: String(SIZE.width * SCALE), height: String(SIZE.height * SCALE) })
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    const pixels = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
    if (!pixels) throw new Error('This browser can’t make a PNG of the chart. Take the SVG.')
    return pixels
  } finally {
    URL.revokeObjectURL(address)
  }
}

function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = make('a', { href: address, download: name })
  document.body.append(link)
  link.click()
  link.remove()
  URL.revokeObjectURL(address)
}
