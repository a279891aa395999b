/** The log of a text sequence in a real browser: live, searched, grouped, and not broken by what comes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { refOf } from '../../src/sequences/sequences.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

/** Lines of a log, a second apart, up to a minute ago. */
async function fill(lab: Lab, path: string, lines: readonly string[]): Promise<void> {
  const sequence = await lab.sequence(path, 2)
  const start = lab.ctx.clock.now() - (60 + lines.length) * SECOND
  await lab.ctx.sequences.append(lines.map((value, at) => ({ sequence: refOf(sequence), time: start + at * SECOND, value })))
}

test('lines come live, HTML in them is text, levels are told apart; after a loss the gap is filled once', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  const page = await visit('/lab/fridge/log')
  await page.getByText('Nothing was logged yet').waitFor()
  await requireAccessible(page, 'an empty log')
  await untilLive(page)
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update_sequence', { sequence: 'log', value: '<img src=x onerror=alert(1)> door open' })
  await peer.tell('update_sequence', { sequence: 'log', value: 'ERROR: too warm' })
  const lines = page.locator('#lines li')
  await lines.filter({ hasText: '<img src=x onerror=alert(1)> door open' }).waitFor()
  await page.locator('#lines li.is-error', { hasText: 'too warm' }).waitFor()
  await page.getByText('Nothing was logged yet').waitFor({ state: 'hidden' })
  await requireAccessible(page, 'a log')

  await page.context().setOffline(true)
  await page.evaluate("dispatchEvent(new Event('pagehide'))")
  await page.getByText('The server is out of reach').waitFor()
  await peer.tell('update_sequence', { sequence: 'log', value: 'missed one' })
  await page.context().setOffline(false)
  await page.evaluate("dispatchEvent(new Event('online'))")
  await lines.filter({ hasText: 'missed one' }).waitFor()
  assert.equal(await lines.count(), 3)
})

test('older lines come on demand and what is read stays; new ones wait below; search finds lines, live too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(
    lab,
    '/lab/log',
    Array.from({ length: 450 }, (_, at) => (at % 100 === 0 ? `warning: pump ${at} is slow` : `info: reading ${at} of the level`)),
  )
  const page = await visit('/lab/log')
  const lines = page.locator('#lines li')
  assert.equal(await lines.count(), 200)
  await lines.last().getByText('reading 449').waitFor()
  const scroll = (): Promise<number[]> =>
    page.evaluate(
      "(() => { const list = document.querySelector('#lines'); return [Math.round(list.scrollTop), list.scrollHeight - " +
        'list.clientHeight] })()',
    )
  const [top = 0, end = 0] = await scroll()
  assert.ok(Math.abs(end - top) < 3, `${top} of ${end}: at the end`)

  await page.evaluate("document.querySelector('#lines').scrollTop = 0")
  await page.getByRole('link', { name: 'Older lines' }).click()
  await page.locator('#lines li').filter({ hasText: 'reading 51 of' }).waitFor({ state: 'attached' })
  assert.equal(await lines.count(), 400)
  assert.ok(((await scroll())[0] ?? 0) > 1_000, 'what was being read stays in view')
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/log': 'info: something new' } })
  await page.getByRole('button', { name: '1 new' }).click()
  await lines.last().getByText('something new').waitFor()
  await page.getByRole('link', { name: 'Older lines' }).click()
  await page.locator('#log-older').waitFor({ state: 'hidden' })
  assert.equal(await lines.count(), 451)

  await page.getByLabel('Search in the lines').fill('is slow')
  await page.keyboard.press('Enter')
  await page.waitForURL(/text=is\+slow/)
  await page.locator('#lines li.is-warning', { hasText: 'pump 400' }).waitFor()
  assert.equal(await lines.count(), 5)
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/log': 'info: something else' } })
  await lab.put('/resources', { values: { '/lab/log': 'error: fan 7 is slow' } })
  await lines.filter({ hasText: 'fan 7' }).waitFor()
  assert.equal(await lines.count(), 6)
  const href = (await page.getByRole('link', { name: 'Download these' }).getAttribute('href')) ?? ''
  assert.equal((await lab.get(href.slice('/api/v1'.length))).text.trim().split('\n').length, 7)
  await page.getByLabel('Search in the lines').fill('nowhere to be found')
  await page.keyboard.press('Enter')
  await page.getByText('No line fits').waitFor()
  await requireAccessible(page, 'a search without result')
})

test('grouped by their beginnings; a group leads to its lines', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(
    lab,
    '/lab/log',
    Array.from({ length: 90 }, (_, at) => (at % 3 === 0 ? `error: sensor ${at} is gone` : `info: reading ${at}`)),
  )
  const page = await visit('/lab/log')
  await page.getByRole('link', { name: 'Grouped' }).click()
  await page.getByLabel('Lines that share their first').selectOption('5')
  await page.getByRole('button', { name: 'Group', exact: true }).click()
  const rows = page.locator('.groups tbody tr')
  assert.deepEqual(
    (await rows.allInnerTexts()).map((text) => text.split(/\s+/).join(' ')),
    ['60 info: reading …', '30 error: sensor …'],
  )
  await requireAccessible(page, 'a grouped log')
  await rows.last().getByRole('link').click()
  await page.locator('#lines li').first().waitFor()
  assert.equal(await page.locator('#lines li').count(), 30)
})

test('a value of 1 MB, stored before and coming live, is shown in part and whole when asked for; on a phone too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const huge = 'x'.repeat(1_000_000)
  await fill(lab, '/lab/log', ['first', `${huge}THE END`])
  const page = await visit('/lab/log', PHONE)
  const lines = page.locator('#lines li')
  await lines.nth(1).getByText('all of it (1.0 MB)').waitFor()
  assert.ok((await page.content()).length < 60_000)
  await requireNoSidewaysScroll(page, 'a log with a very long line')
  await requireAccessible(page, 'a log on a phone')
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/log': `${huge}ANOTHER` } })
  await lines.nth(2).getByText('all of it (1.0 MB)').waitFor()
  await lines.nth(1).getByRole('link').click()
  await lines.nth(1).filter({ hasText: 'THE END' }).waitFor()
  await requireNoSidewaysScroll(page, 'a log with a whole long line')
  await lab.put('/resources', { values: { '/lab/log': 'and on it goes' } })
  await lines.filter({ hasText: 'and on it goes' }).waitFor({ state: 'attached' })
})

test('who may only read a log sees nothing that changes it; its owner deletes lines by what they contain', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(lab, '/lab/log', ['test 1', 'real', 'test 2'])
  const { id } = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab', {
    permissions: [
      [110, lab.organization.id, 20],
      [130, id, 10],
    ],
  })
  const guest = await visit('/lab/log', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await guest.locator('#lines li').first().waitFor()
  assert.equal(await guest.getByLabel('Change the sequence').count(), 0)

  const page = await visit('/lab/log')
  await page.getByLabel('Change the sequence').click()
  await page.getByRole('button', { name: 'Delete values' }).click()
  await page.getByLabel('Only those that are').fill('contains "test"')
  await page.keyboard.press('Enter')
  await page.getByText('2 values would be deleted.').waitFor()
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Delete 2' }).click()])
  assert.deepEqual(await page.locator('#lines li span').allInnerTexts(), ['real'])
  const reply = await visit('/lab/log?view=lines&before=x').then((other) => other.content())
  assert.match(reply, /before must be a time/)
})
