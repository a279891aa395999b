/** A chart as an SVG file: a whole document whatever a name holds, and true to its values. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { alignPoints, pointOf, type Point } from '../../daemon/web/shared/chart-points.ts'
import { drawSvg, type ChartPicture, type PictureLine } from '../../daemon/web/shared/chart-svg.ts'
import { outlineOf } from '../../daemon/web/shared/sparkline.ts'
import { labelOf } from '../../daemon/web/shared/time-axis.ts'

const SIZE = { width: 1_000, height: 500 }
/** The plotting area, with one row of names below it. */
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 936, 44, 436]

function pictureOf(points: readonly Point[], line: Partial<PictureLine> = {}, more: Partial<ChartPicture> = {}): ChartPicture {
  const { times, lines } = alignPoints([points], 10)
  const columns = lines[0] ?? { mean: [], min: [], max: [] }
  return {
    span: { from: 0, to: 100 },
    zone: 'UTC',
    times,
    ticks: [0, 50, 100],
    scales: [{ units: '°C', min: 0, max: 100, ticks: [0, 50, 100] }],
    isLog: false,
    lines: [{ name: 'temperature', colour: '#1d6b50', isDashed: false, scale: 0, form: 'line', ...columns, ...line }],
    alerts: { limits: [], stretches: [] },
    colours: { text: '#111111', muted: '#555555', grid: '#dddddd', ground: '#ffffff', danger: '#ad2e24' },
    ...more,
  }
}

const pathsOf = (svg: string, colour: string): string[] =>
  [...svg.matchAll(/<path d="([^"]*)"([^>]*)>/g)].flatMap(([, d = '', rest = '']) => (rest.includes(colour) ? [d] : []))

test('a picture holds each value at its place, breaks at gaps, and is a picture for other programs too', async () => {
  const points = [0, 10, 20, 30, 40, 95, 100].map((time) => pointOf(time, time))
  const svg = drawSvg(pictureOf(points), 'greenhouse', SIZE, 100)
  const [line = ''] = pathsOf(svg, '#1d6b50')
  assert.ok(line.startsWith(`M${LEFT} ${BOTTOM}L`), line)
  assert.ok(line.endsWith(`L${RIGHT} ${TOP}`), line)
  assert.equal(line.match(/M/g)?.length, 2, 'two parts, with the gap between')
  const { data, info } = await sharp(Buffer.from(svg)).raw().toBuffer({ resolveWithObject: true })
  assert.deepEqual([info.width, info.height], [SIZE.width, SIZE.height])
  const pixel = (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)]
  const [x, y] = [Math.round(LEFT + (RIGHT - LEFT) * 0.2), Math.round(BOTTOM - (BOTTOM - TOP) * 0.2)]
  assert.ok((pixel(x, y)[0] ?? 255) < 200, `the line is at ${x}, ${y}: ${pixel(x, y).join()}`)
  assert.deepEqual(pixel(LEFT + 400, TOP + 30), [255, 255, 255])
})

test('values whose difference is more than a number can hold are at their places', () => {
  const points = [0, 50, 100].map((time, at) => pointOf(time, [-1e308, 1e308, 0][at] ?? 0))
  const scales = [{ units: '', min: -1.5e308, max: 1.5e308, ticks: [-1e308, 0, 1e308] }]
  const [line = ''] = pathsOf(drawSvg(pictureOf(points, {}, { scales }), 'huge', SIZE, 100), '#1d6b50')
  const middle = (TOP + BOTTOM) / 2
  const [low, high] = [middle + (BOTTOM - TOP) / 3, middle - (BOTTOM - TOP) / 3].map((y) => Math.round(y * 10) / 10)
  assert.equal(line, `M${LEFT} ${low}L${(LEFT + RIGHT) / 2} ${high}L${RIGHT} ${middle}`)
  const log = { scales: [{ units: '', min: 1e-300, max: 1e300, ticks: [] }], isLog: true }
  const [curve = ''] = pathsOf(drawSvg(pictureOf([pointOf(0, 1e-300), pointOf(100, 1)], {}, log), 'log', SIZE, 100), '#1d6b50')
  assert.equal(curve, `M${LEFT} ${BOTTOM}L${RIGHT} ${middle}`)
})

test('small charts draw any numbers', () => {
  assert.equal(outlineOf([0, 1, 2], [-1e308, 1e308, 0]), outlineOf([0, 1, 2], [-1, 1, 0]))
  assert.equal(outlineOf([0, 1], [1e308, 1e308]), outlineOf([0, 1], [5, 5]))
})

test('one extreme in a short time of values between long rests is a dot of its own', () => {
  const times = [10, 27, 45, 70, 95]
  const columns = { mean: [5, null, 5, null, 5], min: [4, null, 4, null, 5], max: [6, null, 75, null, 5] }
  const svg = drawSvg(pictureOf([], columns, { times }), 'bursts', SIZE, 100)
  const heights = [...svg.matchAll(/<circle cx="([^"]*)" cy="([^"]*)"/g)].map(([, , y]) =>
    Math.round(100 - ((Number(y) - TOP) / (BOTTOM - TOP)) * 100),
  )
  assert.deepEqual(new Set(heights), new Set([4, 5, 6, 75]))
})

test('one extreme among thousands of values has an edge of its own; limits and stretches of alerts are there', () => {
  const sums = Array.from({ length: 20 }, (_, at) => ({
    first_timestamp: at * 5,
    last_timestamp: at * 5 + 4,
    min: 4,
    max: at === 7 ? 85 : 6,
    mean: 5,
    count: 200,
  }))
  const svg = drawSvg(
    pictureOf(
      sums,
      {},
      {
        alerts: {
          limits: [30, 300],
          stretches: [
            [20, 40],
            [90, null],
            [200, 300],
          ],
        },
      },
    ),
    'x',
    SIZE,
    95,
  )
  const edge = svg.match(/<path d="([^"]*)" stroke="#1d6b50" stroke-opacity="0.6"/)?.[1] ?? ''
  const peak = BOTTOM - (BOTTOM - TOP) * 0.85
  assert.ok(edge.includes(` ${Math.round(peak * 10) / 10}`), edge)
  assert.equal(pathsOf(svg, '#ad2e24').join('').match(/M/g)?.length, 1, 'the limit that is in the range of the axis')
  assert.equal(svg.match(/<g fill="#ad2e24"[^>]*>(.*?)<\/g>/)?.[1]?.match(/<rect/g)?.length, 2)
})

test('steps keep a value until the next, dots have no line, and zero has no place on a logarithmic axis', () => {
  const points = [pointOf(0, 1), pointOf(50, 10), pointOf(100, 100)]
  assert.match(
    pathsOf(drawSvg(pictureOf(points, { form: 'steps' }), '', SIZE, 0), '#1d6b50')[0] ?? '',
    /^M[\d. ]+H[\d.]+V[\d.]+H[\d.]+V[\d.]+$/,
  )
  const dots = drawSvg(pictureOf(points, { form: 'dots' }), '', SIZE, 0)
  assert.equal(dots.match(/<circle/g)?.length, 3)
  const scales = [{ units: '', min: 1, max: 100, ticks: [1, 10, 100] }]
  const log = drawSvg(pictureOf([pointOf(0, 0), ...points.slice(1)], {}, { isLog: true, scales }), '', SIZE, 0)
  const middle = (TOP + BOTTOM) / 2
  assert.equal(pathsOf(log, '#1d6b50')[0], `M${(LEFT + RIGHT) / 2} ${middle}L${RIGHT} ${TOP}`)
})

test('names are text, whatever they hold, and many of them take more rows', async () => {
  const name = '<script>&"\u0007\u{1f321}'
  const svg = drawSvg(pictureOf([pointOf(0, 1)], { name }), name, SIZE, 0)
  assert.ok(!svg.includes('<script>') && svg.includes('&lt;script&gt;&amp;&quot;\ufffd\u{1f321}'))
  await sharp(Buffer.from(svg)).metadata()
  const one = pictureOf([pointOf(0, 1)])
  const many = { ...one, lines: Array.from({ length: 24 }, (_, at) => ({ ...one.lines[0], name: `sensor number ${at}` }) as PictureLine) }
  const text = drawSvg(many, '', SIZE, 0)
  assert.equal(text.match(/>sensor number \d+</g)?.length, 24)
  assert.ok([...text.matchAll(/<text x="([\d.]+)"/g)].every(([, x]) => Number(x) < SIZE.width))
})

test('states are strips below the axis, on its time, each with its name and which colour is which', async () => {
  const strip = {
    name: 'door <left>',
    parts: [
      { left: 0, right: 0.25, colour: '#00aa00' },
      { left: 0.25, right: 1, colour: '#aa0000' },
    ],
    states: [
      { text: 'closed', colour: '#00aa00' },
      { text: 'open', colour: '#aa0000' },
    ],
  }
  const points = [0, 50, 100].map((time) => pointOf(time, time))
  const svg = drawSvg(pictureOf(points, {}, { strips: [strip, strip] }), 'freezer', SIZE, 100)
  assert.ok(svg.includes('>door &lt;left&gt;<') && svg.includes('>closed<') && svg.includes('>open<'))
  const bottom = Number(/^M[\d.]+ ([\d.]+)/.exec(pathsOf(svg, '#1d6b50')[0] ?? '')?.[1])
  assert.ok(bottom < BOTTOM - 60, `the plotting area makes room: it ends at ${bottom}`)
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="12" fill="(#\w+)"/g)].map(([, ...of]) => of)
  const width = RIGHT - LEFT
  assert.deepEqual(
    bars.slice(0, 2).map(([x, , wide, colour]) => [Number(x), Number(wide), colour]),
    [
      [LEFT, width / 4, '#00aa00'],
      [LEFT + width / 4, (width * 3) / 4, '#aa0000'],
    ],
  )
  const tops = bars.map(([, y]) => Number(y))
  assert.ok(tops.every((y) => y > bottom + 20 && y < SIZE.height - 30) && tops[2] !== tops[0], tops.join())
  await sharp(Buffer.from(svg)).metadata()
})

test('ticks say what tells them apart: hours, days, months, fractions of a second', () => {
  const time = Date.parse('2026-03-08T23:30:00Z') / 1000
  assert.deepEqual(
    [1_800, 86_400, 30 * 86_400, 366 * 86_400, 5, 0.01].map((step) => labelOf('Europe/Berlin', time, step)),
    ['00:30', '9 Mar', 'Mar 2026', '2026', '00:30:00', '00:30:00.000'],
  )
  assert.equal(labelOf('Europe/Berlin', time - 1_800, 3_600), '9 Mar')
})
