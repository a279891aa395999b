/** Several sequences get their units, decimals and place at once. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { requireAccessible, startWebLab } from '../support/web-lab.ts'

test('what is filled in holds for each selected sequence, what stays empty is kept, and a folder among them is left alone', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (const name of ['north', 'south', 'west']) await lab.sequence(`/lab/${name}`, 1, { units: 'F', label: `Hall ${name}` })
  await lab.post('/resources', { path: '/lab', name: 'folder', type: 10 })
  const page = await visit('/lab')
  for (const name of ['north', 'south', 'folder']) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
  await page.getByRole('button', { name: 'Edit …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit what is selected' })
  await dialog.getByText('Of 2 sequences.').waitFor()
  await dialog.getByRole('button', { name: 'Change them' }).click()
  await dialog.getByText('Fill in what is to change.').waitFor()
  await requireAccessible(page, 'editing what is selected')
  await dialog.getByLabel('Units').fill('C')
  await dialog.getByLabel('Decimals').fill('2')
  await dialog.getByLabel('Place').fill('Greenhouse 3')
  await dialog.getByRole('button', { name: 'Change them' }).click()
  await page.getByText('Changed 2 sequences.').waitFor()
  const attributesOf = async (name: string): Promise<Record<string, unknown>> =>
    ((await lab.get(`/resources/lab/${name}`, { meta: 1 })).json as { system_attributes: Record<string, unknown> }).system_attributes
  for (const name of ['north', 'south']) {
    const { units, decimal_places: decimals, place, label } = await attributesOf(name)
    assert.deepEqual([units, decimals, place, label], ['C', 2, 'Greenhouse 3', `Hall ${name}`])
  }
  const west = await attributesOf('west')
  assert.deepEqual([west['units'], west['place']], ['F', undefined])
})

test('controllers get what people call them and where they are, together with sequences; units are for sequences alone', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (const name of ['pi-1', 'pi-2']) await lab.controller(name)
  await lab.sequence('/lab/outside', 1, { units: 'F' })
  const page = await visit('/lab')
  const select = (name: string): Promise<void> => page.getByRole('checkbox', { name: `Select ${name}` }).check()
  for (const name of ['pi-1', 'pi-2']) await select(name)
  await page.getByRole('button', { name: 'Edit …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit what is selected' })
  await dialog.getByText('Of 2 controllers.').waitFor()
  assert.equal(await dialog.getByLabel('Units').isVisible(), false)
  await dialog.getByLabel('Place').fill('Hall 3')
  await dialog.getByRole('button', { name: 'Change them' }).click()
  await page.getByText('Changed 2 controllers.').waitFor()
  for (const name of ['pi-1', 'pi-2', 'outside']) await page.getByRole('checkbox', { name: `Select ${name}` }).check()
  await page.getByRole('button', { name: 'Edit …' }).click()
  await dialog.getByText('Of 2 controllers and 1 sequence.').waitFor()
  await dialog.getByLabel('Units').fill('C')
  await dialog.getByLabel('Description').fill('Sensors of the north')
  await dialog.getByRole('button', { name: 'Change them' }).click()
  await page.getByText('Changed 2 controllers and 1 sequence.').waitFor()
  for (const name of ['pi-1', 'pi-2']) {
    const { json } = await lab.get(`/resources/lab/${name}`, { meta: 1 })
    const attributes = (json as { system_attributes: Record<string, unknown> }).system_attributes
    assert.deepEqual([attributes['place'], attributes['description'], attributes['units']], ['Hall 3', 'Sensors of the north', undefined])
  }
})

test('selected controllers of the page of all controllers are edited at once, and stay selected when the list is renewed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (const name of ['pi-1', 'pi-2', 'pi-3']) await lab.controller(name)
  const page = await visit('/-/controllers')
  for (const name of ['pi-1', 'pi-3']) await page.getByRole('checkbox', { name: `Select /lab/${name}` }).check()
  await Promise.all([
    page.waitForResponse((response) => response.url().endsWith('/-/controllers')),
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))"),
  ])
  await page.getByText('2 selected').waitFor()
  await page.getByRole('button', { name: 'Edit …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit what is selected' })
  await dialog.getByText('Of 2 controllers.').waitFor()
  assert.equal(await dialog.getByLabel('Units').isVisible(), false)
  await requireAccessible(page, 'editing selected controllers')
  await dialog.getByLabel('Place').fill('Hall 3')
  await dialog.getByRole('button', { name: 'Change them' }).click()
  await page.getByText('Changed 2 controllers.').waitFor()
  const placeOf = async (name: string): Promise<unknown> =>
    ((await lab.get(`/resources/lab/${name}`, { meta: 1 })).json as { system_attributes: Record<string, unknown> }).system_attributes[
      'place'
    ]
  assert.deepEqual([await placeOf('pi-1'), await placeOf('pi-2'), await placeOf('pi-3')], ['Hall 3', undefined, 'Hall 3'])
  await page.getByRole('checkbox', { name: 'Select all' }).check()
  await page.getByText('3 selected').waitFor()
})
