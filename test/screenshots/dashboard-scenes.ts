import { MINUTE, formatTimestamp } from '../../src/base/time.ts'
import type { Page } from 'playwright-core'
import type { Lab } from '../support/lab.ts'
import sharp from 'sharp'
import { Client } from '../../src/client/client.ts'
import type { Scene } from './scenes.ts'

const FOLDER = '/lab/houses'
const FILE = `# One dashboard for all houses.
title: House $house
note: Tomatoes, since March
variables:
  house:
    folders: /lab/houses/*
    label: House
tiles:
  - kind: values
    title: Now
    sequences: [$house/temperature, $house/humidity, $house/co2, $house/light]
    place: { x: 0, y: 0, width: 8, height: 2 }
  - kind: alarms
    title: Alarms
    folder: $house
    place: { x: 8, y: 0, width: 4, height: 2 }
  - kind: chart
    title: Climate
    sequences: [$house/temperature, $house/humidity]
    range: 24h
    place: { x: 0, y: 2, width: 8, height: 4 }
  - kind: image
    title: Camera
    sequence: $house/camera
    place: { x: 8, y: 2, width: 4, height: 4 }
  - kind: states
    title: Door and pump
    sequences: [$house/door, $house/pump]
    range: 24h
    place: { x: 0, y: 6, width: 5, height: 2 }
  - kind: log
    title: Log
    sequence: $house/log
    place: { x: 5, y: 6, width: 4, height: 3 }
  - kind: text
    text: |
      ## When something is on

      1. Look at the **door** first.
      2. Then call Ann: 4711.
    place: { x: 9, y: 6, width: 3, height: 3 }
  - kind: values
    title: Water left
    sequences: [$house/tank]
    place: { x: 0, y: 8, width: 5, height: 1 }
`

const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><defs>' +
  '<linearGradient id="g" x2="0" y2="1"><stop stop-color="#bcd7e8"/>' +
  '<stop offset=".6" stop-color="#dfe9d2"/><stop offset="1" stop-color="#6f8f55"/></linearGradient></defs>' +
  '<rect width="640" height="480" fill="url(#g)"/><path d="M40 330L320 120 600 330V480H40z" fill="#f4f7f4" opacity=".75"/>' +
  '<path d="M320 120V480M180 225V480M460 225V480M40 400H600" stroke="#7d9187" stroke-width="5" fill="none"/>' +
  '<g fill="#3f7a3c"><circle cx="130" cy="430" r="42"/><circle cx="250" cy="420" r="52"/><circle cx="390" cy="430" r="46"/>' +
  '<circle cx="520" cy="425" r="50"/></g><g fill="#c9382c"><circle cx="240" cy="410" r="10"/><circle cx="265" cy="432" r="10"/>' +
  '<circle cx="400" cy="425" r="10"/><circle cx="515" cy="408" r="10"/></g></svg>'

async function makeHouses(lab: Lab): Promise<void> {
  const now = lab.ctx.clock.now()
  const client = new Client({ server: lab.url, key: lab.key })
  for (const [at, house] of ['north', 'south'].entries()) {
    const path = `${FOLDER}/${house}`
    for (const [name, type, units, decimals] of [
      ['temperature', 1, '°C', 1],
      ['humidity', 1, '%', 0],
      ['co2', 1, 'ppm', 0],
      ['light', 1, 'lx', 0],
      ['tank', 1, 'l', 0],
      ['pump', 1, '', 0],
      ['door', 2, '', 0],
      ['log', 2, '', 0],
      ['camera', 3, '', 0],
    ] as const)
      await lab.sequence(`${path}/${name}`, type, { units, decimal_places: decimals })
    const values: { path: string; timestamp: string; value: number | string }[] = []
    for (let minute = 1_440; minute >= 0; minute -= 5) {
      const time = formatTimestamp(now - minute * MINUTE)
      const day = Math.sin(((1_440 - minute) / 1_440) * 2 * Math.PI - at)
      const add = (name: string, value: number | string): void => void values.push({ path: `${path}/${name}`, timestamp: time, value })
      add('temperature', 21 + 5 * day + Math.sin(minute / 7) / 2)
      add('humidity', 62 - 12 * day + Math.cos(minute / 11))
      add('co2', 640 - 120 * day + 9 * Math.sin(minute))
      add('light', Math.max(0, 9_000 * day))
      add('tank', 480 - (1_440 - minute) / 6)
      if (minute % 120 === 0) add('pump', minute % 240 === 0 ? 1 : 0)
      if (minute % 180 === 0) add('door', minute % 360 === 0 ? 'closed' : 'open')
      if (minute % 60 === 0)
        add('log', minute % 300 === 0 ? 'warning: sensor 3 answered late' : `info: watered bed ${(minute / 60) % 7}, 12 l`)
    }
    await client.sequences.append(values)
    const picture = await sharp(Buffer.from(PICTURE)).jpeg({ quality: 85 }).toBuffer()
    await lab.put(`/resources${path}/camera`, { data: picture.toString('base64') })
  }
  client.close()
  await lab.post('/alerts', { path: `${FOLDER}/north/temperature`, kind: 'outside', low: 8, high: 19, recipients: ['admin@example.com'] })
  await lab.post(`/resources${FOLDER}/index.dashboard`, { data: Buffer.from(FILE).toString('base64') })
  await lab.put('/resources', { values: { [`${FOLDER}/north/temperature`]: 19.8 } })
  await lab.daemon.runWorkers()
}

const shown = async (page: Page): Promise<void> => {
  await page.locator('#board[data-read]').waitFor()
  await page.locator('.panel-image').evaluate('(image) => image.decode()')
}

export const dashboardScenes: readonly Scene[] = [
  { name: 'dashboard', path: FOLDER, prepare: makeHouses, act: shown },
  {
    name: 'dashboard-wall',
    path: `${FOLDER}?wall=1`,
    act: async (page) => {
      if ((page.viewportSize()?.width ?? 0) > 600) await page.setViewportSize({ width: 1920, height: 1080 })
      await shown(page)
    },
  },
  {
    name: 'dashboard-edit',
    path: `${FOLDER}/index.dashboard?edit=1`,
    act: async (page) => {
      await shown(page)
      await page.getByRole('button', { name: 'Settings of Climate' }).click()
    },
  },
]
