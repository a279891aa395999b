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
