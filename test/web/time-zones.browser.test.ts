/** Pages of sequences on the clock of their organization, of UTC or of the browser, in a real browser. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { refOf } from '../../src/sequences/sequences.ts'
import type { Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const LA = 'America/Los_Angeles'
const micros = (text: string): number => Date.parse(text) * 1000

const setZone = async (lab: Lab, timezone: string): Promise<void> => {
  assert.equal((await lab.put('/resources/lab', { system_attributes: { timezone } })).status, 200)
}

async function store(
  lab: Lab,
  path: string,
  dataType: 1 | 2,
  values: readonly (readonly [time: string, value: number | string])[],
): Promise<void> {
  const sequence = await lab.sequence(path, dataType)
  await lab.ctx.sequences.append(values.map(([time, value]) => ({ sequence: refOf(sequence), time: micros(time), value })))
}

test(
  'a chart shows the time of its organization while the browser is in UTC, over the change to summer time, and the choice is in ' +
    'the address',
  async (t) => {
    const { lab, visit } = await startWebLab(t)
    await setZone(lab, LA)
    await store(lab, '/lab/temperature', 1, [
      ['2026-03-08T09:30:00Z', 4],
      ['2026-03-08T10:30:00Z', 5],
    ])
    const page = await visit('/lab/temperature?from=2026-03-08T08:00:00Z&to=2026-03-09T07:00:00Z&show=table')
    await page.getByText(`2026-03-08 00:00:00 to 2026-03-09 00:00:00 ${LA} · 2 values`).waitFor()
    await page.getByRole('columnheader', { name: `Time (${LA})` }).waitFor()
    assert.deepEqual(await page.locator('#table tbody th').allInnerTexts(), ['2026-03-08 03:30:00', '2026-03-08 01:30:00'])
    const zone = page.getByLabel('Time zone')
    assert.deepEqual(await zone.locator('option').allInnerTexts(), [LA, 'UTC'], 'the zone of this browser is UTC')
    await requireAccessible(page, 'a chart in a zone')

    await page.getByRole('button', { name: 'From – to' }).click()
    await page.getByText(`Times are those of ${LA}.`).first().waitFor()
    assert.match(await page.locator('#span-from').inputValue(), /^2026-03-08T00:00/)
    await page.locator('#span-from').fill('2026-03-08T01:00:00')
    await page.locator('#span-to').fill('2026-03-08T04:00:00')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.waitForURL(
      (url) => url.searchParams.get('from') === '2026-03-08T09:00:00.000Z' && url.searchParams.get('to') === '2026-03-08T11:00:00.000Z',
    )

    await zone.selectOption('UTC')
    await page.getByText('2026-03-08 09:00:00 to 2026-03-08 11:00:00 UTC · 2 values').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('zone'), 'UTC')
    await page.reload()
    await page.getByText('2026-03-08 09:00:00 to 2026-03-08 11:00:00 UTC · 2 values').waitFor()
    await zone.selectOption('')
    await page.getByText(`2026-03-08 01:00:00 to 2026-03-08 04:00:00 ${LA} · 2 values`).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('zone'), null)

    const elsewhere = await visit('/lab/temperature?from=2026-03-08T09:00:00Z&to=2026-03-08T11:00:00Z', { timezoneId: 'Asia/Tokyo' })
    await elsewhere.getByLabel('Time zone').selectOption('own')
    await elsewhere.getByText('2026-03-08 18:00:00 to 2026-03-08 20:00:00 Asia/Tokyo · 2 values').waitFor()
    assert.equal(new URL(elsewhere.url()).searchParams.get('zone'), 'own')
  },
)

test(
  'an hour that comes twice in autumn stays the one that is shown; several organizations are on the ' + 'clock of the page’s own',
  async (t) => {
    const { lab, visit } = await startWebLab(t)
    await setZone(lab, LA)
    await lab.post('/organizations', { full_name: 'Far', folder_name: 'far', timezone: 'Asia/Tokyo' })
    await store(lab, '/lab/temperature', 1, [['2026-11-01T09:30:00Z', 4]])
    await store(lab, '/far/temperature', 1, [['2026-11-01T09:40:00Z', 5]])
    const query = 'from=2026-11-01T09:15:00Z&to=2026-11-01T09:45:00Z'
    const page = await visit(`/lab/temperature?${query}&with=/far/temperature`)
    await page.getByText(`2026-11-01 01:15:00 to 2026-11-01 01:45:00 ${LA} · 2 values`).waitFor()
    await page.getByRole('button', { name: 'From – to' }).click()
    await page.locator('#span-to').fill('2026-11-01T02:00:00')
    await page.getByRole('button', { name: 'Show', exact: true }).click()
    await page.waitForURL((url) => url.searchParams.get('to') === '2026-11-01T10:00:00.000Z')
    assert.equal(new URL(page.url()).searchParams.get('from'), '2026-11-01T09:15:00.000Z', 'the second 1:15')
    const far = await visit(`/far/temperature?${query}&with=/lab/temperature`)
    await far.getByText('2026-11-01 18:15:00 to 2026-11-01 18:45:00 Asia/Tokyo · 2 values').waitFor()
  },
)

test(
  'a log is on the clock of its organization, old lines and live ones; UTC and the browser’s can be ' + 'chosen, and links keep the choice',
  async (t) => {
    const { lab, visit } = await startWebLab(t)
    const fridge = await lab.controller('fridge')
    await store(lab, '/lab/fridge/log', 2, [
      ['2026-01-31T20:00:00Z', 'door open'],
      ['2026-01-31T20:00:05Z', 'door shut'],
    ])
    const page = await visit('/lab/fridge/log', { timezoneId: 'Europe/Berlin' })
    const times = page.locator('#lines time')
    assert.deepEqual(await times.allInnerTexts(), ['2026-01-31 20:00:00', '2026-01-31 20:00:05'], 'UTC, where the organization has no zone')
    await setZone(lab, LA)
    await page.goto('/lab/fridge/log')
    assert.deepEqual(await times.allInnerTexts(), ['2026-01-31 12:00:00', '2026-01-31 12:00:05'])
    const zone = page.getByLabel('Time zone')
    assert.deepEqual(await zone.locator('option').allInnerTexts(), [LA, 'UTC', 'Europe/Berlin'])
    await requireAccessible(page, 'a log in a zone')
    await untilLive(page)
    const peer = await connect(t, lab, fridge.key)
    await peer.tell('update_sequence', { sequence: 'log', value: 'live line', timestamp: '2026-07-01T12:00:00Z' })
    const live = page.locator('#lines li', { hasText: 'live line' }).locator('time')
    assert.deepEqual([await live.innerText(), await live.getAttribute('title')], ['2026-07-01 05:00:00', LA], 'summer time')

    await zone.selectOption('own')
    await page.waitForURL(/\?zone=own$/)
    await times.first().getByText('2026-01-31 21:00:00').waitFor()
    await page.getByPlaceholder('Lines that contain…').fill('door')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.waitForURL(/text=door/)
    await times.first().getByText('2026-01-31 21:00:00').waitFor()
    assert.equal(await times.count(), 2)
    await zone.selectOption('UTC')
    await page.waitForURL(/zone=UTC/)
    assert.deepEqual(await times.allInnerTexts(), ['2026-01-31 20:00:00', '2026-01-31 20:00:05'])

    await page.goto('/lab/fridge?view=state')
    await page.getByText(`Times are those of ${LA}.`).waitFor()
    assert.equal(await page.locator('#log time').first().innerText(), '2026-01-31 12:00:00')
    const phone = await visit('/lab/fridge/log', PHONE)
    await phone.locator('#lines time').first().waitFor()
    await requireNoSidewaysScroll(phone, 'a log in a zone')
  },
)

test('images are on the clock of their organization; the choice goes along from image to image', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await setZone(lab, LA)
  await lab.sequence('/lab/camera', 3)
  const data = (
    await sharp({ create: { width: 32, height: 24, channels: 3, background: '#345' } })
      .jpeg()
      .toBuffer()
  ).toString('base64')
  for (const timestamp of ['2026-07-01T05:00:00Z', '2026-07-01T08:00:00Z'])
    assert.equal((await lab.put('/resources/lab/camera', { data, timestamp })).status, 200)
  const page = await visit('/lab/camera')
  const time = page.locator('#picture-time')
  await time.getByText(`2026-07-01 01:00:00 ${LA}`).waitFor()
  assert.deepEqual(await page.locator('#thumbnails h2').allInnerTexts(), ['2026-07-01', '2026-06-30'], 'days of the place')
  await page.getByLabel('Time zone').selectOption('UTC')
  await time.getByText('2026-07-01 08:00:00 UTC').waitFor()
  assert.deepEqual(await page.locator('#thumbnails h2').allInnerTexts(), ['2026-07-01'])
  assert.equal(new URL(page.url()).search, '?zone=UTC')
  await page.getByRole('button', { name: 'Previous image' }).click()
  await time.getByText('2026-07-01 05:00:00 UTC').waitFor()
  await page.reload()
  await time.getByText('2026-07-01 05:00:00 UTC').waitFor()
  await page.getByRole('button', { name: 'To the newest' }).click()
  await time.getByText('2026-07-01 08:00:00 UTC').waitFor()
  await requireAccessible(page, 'images in a zone')
})

test('the trial of an alert says when it would have been on, on the clock of the organization', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await setZone(lab, LA)
  const start = Math.floor(Date.now() / 1000 - 7_200) * 1000
  await store(lab, '/lab/temperature', 1, [
    [new Date(start).toISOString(), 9],
    [new Date(start + 60_000).toISOString(), 4],
  ])
  const page = await visit('/lab/temperature?view=alert')
  await page.getByLabel('Limit').first().fill('8')
  await page.getByRole('button', { name: 'Try it' }).click()
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: LA, dateStyle: 'short', timeStyle: 'medium' }).format(start)
  await page.locator('#trial li', { hasText: `${clock} ${LA}` }).waitFor()
})
