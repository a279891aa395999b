/** The search page, and the box in the header that leads to it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER } from '../../src/wire/resource-types.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

test('from any page by the key /, and with the keyboard alone to what was found', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/north/<i>temperature')
  await lab.post('/resources', { path: '/lab/north', name: 'temperatures.csv', type: 'file', data: '' })
  const page = await visit('/lab')
  await page.keyboard.press('/')
  await page.keyboard.type('north TEMP')
  await page.keyboard.press('Enter')
  await page.getByText('2 results').waitFor()
  assert.deepEqual((await page.locator('.result strong').allInnerTexts()).sort(), ['<i>temperature', 'temperatures.csv'])
  assert.deepEqual(await page.locator('.result mark').allInnerTexts(), ['temp', 'north', 'temp', 'north'])
  await page.getByText('Numbers in /lab/north').waitFor()
  await page.getByText('Table in /lab/north').waitFor()
  await requireAccessible(page, 'results of a search')
  await page.getByRole('link', { name: 'temperatures.csv' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/lab/north/temperatures.csv')
})

test('nothing fits; nothing was typed; too much was typed', async (t) => {
  const { visit } = await startWebLab(t)
  const page = await visit('/search?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E')
  await page.getByText('No results').waitFor()
  await page.getByText('all of “<script>alert(1)</script>”').waitFor()
  await page.goto('/search')
  await page.getByText('Look for anything that you may read').waitFor()
  await requireAccessible(page, 'an empty search')
  await page.goto(`/search?q=${'a+'.repeat(20)}b+c+d+e+f+g+h+i+j+k`)
  await page.getByRole('alert').getByText('more than 10 words').waitFor()
  await page.goto(`/search?q=${encodeURIComponent('(.*[')}`)
  await page.getByText('No results').waitFor()
})

test('what one may not read does not show, and strangers are asked to sign in first', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/open/needle 1')
  await lab.sequence('/lab/closed/needle 2')
  const { id } = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab/open', { permissions: [[130, id, 10]] })
  const page = await visit('/search?q=needle', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await page.getByText('1 result', { exact: true }).waitFor()
  assert.ok(!(await page.content()).includes('closed'))
  const stranger = await visit('/search?q=needle', { as: null })
  assert.equal(new URL(stranger.url()).searchParams.get('next'), '/search?q=needle')
})

test('twelve thousand resources: pages of fifty, on a phone too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const long = `thing ${'x'.repeat(230)}`
  const rows = await lab.ctx.db.transaction().execute(async (tx) => {
    const made = [await insertResource(lab.ctx, tx, { parent: lab.organization, name: long, type: BASIC_FOLDER })]
    for (let at = 0; at < 12_000; at++)
      made.push(await insertResource(lab.ctx, tx, { parent: lab.organization, name: `thing ${at}`, type: BASIC_FOLDER }))
    return made
  })
  lab.ctx.tree.addAll(rows)
  const page = await visit('/search?q=thing', PHONE)
  await page.getByText('More than 2,000 results, of which the best 1,000 are shown. More words find less.').waitFor()
  assert.equal(await page.locator('.result').count(), 50)
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByText('Page 2 of 20').waitFor()
  await page.goto(`/search?q=${'x'.repeat(100)}`)
  await page.getByText('1 result', { exact: true }).waitFor()
  await requireNoSidewaysScroll(page, 'a result with a long name')
  await requireAccessible(page, 'a search on a phone')
})
