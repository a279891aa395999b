import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { refOf } from '../../src/sequences/sequences.ts'
import { formatTimestamp, HOUR, MINUTE, SECOND } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'
import type { Scene } from './scenes.ts'

/** A greenhouse whose day can be seen: warm at noon, an hour without values in the morning. */
async function makeNumbers(lab: Lab): Promise<void> {
  const now = lab.ctx.clock.now()
  const temperature = await lab.sequence('/lab/greenhouse/temperature', 1, { units: 'C', decimal_places: 1 })
  const humidity = await lab.sequence('/lab/greenhouse/humidity', 1, { units: '%', decimal_places: 0 })
  const soil = await lab.sequence('/lab/greenhouse/soil temperature', 1, { units: 'C', decimal_places: 1 })
  await lab.sequence('/lab/greenhouse/rain', 1, { units: 'mm' })
  const rows = Array.from({ length: 9 * 24 * 60 }, (_, at) => now - at * MINUTE).reverse()
  for (let from = 0; from < rows.length; from += 5_000) {
    const times = rows.slice(from, from + 5_000).filter((time) => now - time < 14 * HOUR || now - time > 16.5 * HOUR)
    const wave = (time: number, shift = 0): number => Math.sin((time / HOUR / 24 - shift) * 2 * Math.PI)
    const noise = (time: number): number => Math.sin(time / 7e8) + Math.sin(time / 1.7e8) / 2
    await lab.ctx.sequences.append(
      times.flatMap((time) => [
        { sequence: refOf(temperature), time, value: Math.round((21 + 6 * wave(time) + noise(time) * 0.5) * 10) / 10 },
        { sequence: refOf(humidity), time, value: Math.round(62 - 17 * wave(time, 0.05) + noise(time) * 2) },
        { sequence: refOf(soil), time, value: Math.round((18 + 2 * wave(time, 0.2)) * 10) / 10 },
      ]),
    )
  }
}

const LINES = [
  'info: started, firmware 2.4.1',
  'info: 12 sensors found on bus 1',
  'warning: sensor 7 answered late, retry 1 of 3',
  'info: calibration loaded from 2026-01-12',
  'ERROR: pump 2 draws 4.2 A, above its limit of 4 A; switched off',
  'info: pump 2 switched on again after 60 s',
  '<b>HTML is shown as it is</b>',
]

async function makeLog(lab: Lab): Promise<void> {
  const log = await lab.sequence('/lab/greenhouse/log', 2)
  const now = lab.ctx.clock.now()
  const values = [
    ...Array.from({ length: 400 }, (_, at) => LINES[at % LINES.length] ?? ''),
    'x'.repeat(120_000),
    `info: ${'a long line that has to be broken, since a phone is narrow, '.repeat(4)}`,
    'info: all well',
  ]
  await lab.ctx.sequences.append(
    values.map((value, at) => ({ sequence: refOf(log), time: now - (values.length - at) * 37 * SECOND, value })),
  )
}

/** A camera over a bed: the sky's colour goes with the hour, a plant grows. */
async function makeImages(lab: Lab): Promise<void> {
  await lab.sequence('/lab/greenhouse/camera', 3)
  const now = lab.ctx.clock.now()
  for (let at = 0; at < 30; at++) {
    const light = Math.round(120 + 100 * Math.sin((at / 30) * Math.PI))
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="640"><rect width="960" height="640" ' +
      `fill="rgb(${light - 60},${light},${light + 30})"/><rect y="480" width="960" height="160" fill="#5b4330"/><path d="M480 ` +
      `490 V${480 - at * 10}" stroke="#2f7d43" stroke-width="14"/><circle cx="480" cy="${480 - at * 10}" r="${14 + at * 2}" ` +
      'fill="#3c9c55"/></svg>'
    const jpeg = await sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer()
    await lab.put('/resources/lab/greenhouse/camera', { data: jpeg.toString('base64'), timestamp: formatTimestamp(now - (30 - at) * HOUR) })
  }
}

const drawn = (page: Page): Promise<void> => page.locator('#chart-card[data-state="ready"] .u-over').waitFor({ state: 'attached' })

const at = (name: string): string => `/lab/greenhouse/${encodeURIComponent(name)}`

export const sequenceScenes: readonly Scene[] = [
  { name: 'sequence-chart', path: at('temperature'), prepare: makeNumbers, act: drawn },
  {
    name: 'sequence-chart-week',
    path: `${at('temperature')}?range=week&with=${at('soil temperature')}&with=${at('humidity')}`,
    act: drawn,
  },
  {
    name: 'sequence-chart-cursor',
    path: `${at('temperature')}?with=${at('humidity')}&range=day`,
    act: async (page) => {
      await drawn(page)
      await page.locator('#chart').focus()
      for (let step = 0; step < 40; step++) await page.keyboard.press('Shift+ArrowLeft')
      await page.locator('#chart').scrollIntoViewIfNeeded()
    },
  },
  { name: 'sequence-chart-table', path: `${at('temperature')}?show=table&range=week`, act: drawn },
  {
    name: 'sequence-chart-statistics',
    path: `${at('temperature')}?with=${at('humidity')}&range=day&statistics=1&above=25`,
    act: async (page) => {
      await drawn(page)
      await page.locator('#statistics-table td').first().waitFor()
    },
  },
  { name: 'sequence-chart-empty', path: at('rain'), act: drawn },
  {
    name: 'sequence-chart-compare',
    path: at('temperature'),
    act: async (page) => {
      await drawn(page)
      await page.getByRole('button', { name: 'Compare' }).click()
    },
  },
  {
    name: 'sequence-settings',
    path: at('temperature'),
    act: async (page) => {
      await drawn(page)
      await page.getByLabel('Change the sequence').click()
      await page.getByRole('button', { name: 'Settings' }).click()
    },
  },
  {
    name: 'sequence-removal',
    path: at('temperature'),
    act: async (page) => {
      await drawn(page)
      await page.getByLabel('Change the sequence').click()
      await page.getByRole('button', { name: 'Delete values' }).click()
      await page.getByLabel('Only those that are').fill('value > 25')
      await page.getByRole('button', { name: 'Count them' }).click()
      await page.getByRole('button', { name: /^Delete \d/ }).waitFor()
    },
  },
  { name: 'sequence-log', path: at('log'), prepare: makeLog },
  { name: 'sequence-log-grouped', path: `${at('log')}?view=groups` },
  { name: 'sequence-log-search', path: `${at('log')}?text=pump` },
  { name: 'sequence-images', path: at('camera'), prepare: makeImages },
]
