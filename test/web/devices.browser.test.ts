/** The page of what devices send: last messages, a mapping that is tried and saved, addresses for webhooks, mounted keys. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { connectDevice } from '../support/mqtt-client.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

test('a mapping is tried on the last messages, refused with its line, saved and counts; an address takes a webhook', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const house = await lab.controller('house')
  await lab.put('/resources/lab/house', { system_attributes: { create_sequences: true } })
  const device = await connectDevice(t, lab, house.key)
  await device.publish('lab/house/farm/north/climate', { main: { temp: 21.5 }, secret: 1 })

  const page = await visit('/lab/house')
  await page.getByRole('link', { name: 'Devices' }).click()
  const row = page.getByRole('row', { name: /farm\/north\/climate/ })
  await row.getByText('farm/north/climate/main/temp = 21.5').waitFor()
  await page.getByLabel('Rules').fill('rules:\n  - topic: farm/+house/climate\n    too: houses/{house}\n')
  await page.getByRole('button', { name: 'Try it on the last messages' }).click()
  await page.getByText(/line 3: "too" means nothing in a rule/).waitFor()
  await page.getByLabel('Rules').fill('rules:\n  - topic: farm/+house/climate\n    to: houses/{house}\n    keep: [temp]\n')
  await page.getByRole('button', { name: 'Try it on the last messages' }).click()
  await row.getByText('houses/north/main/temp = 21.5').waitFor()
  assert.equal(await row.getByText('secret =').count(), 0)
  assert.equal(lab.ctx.tree.find('/lab/house/mapping.yaml'), undefined)
  await requireAccessible(page, 'the page of devices')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The mapping was saved').waitFor()
  await device.publish('lab/house/farm/north/climate', { main: { temp: 22 }, secret: 1 })
  assert.equal((await lab.get('/resources/lab/house/houses/north/main/temp')).text, '22')

  await lab.put('/resources/lab/house/mapping.yaml', { data: Buffer.from('rules: 5').toString('base64') })
  await page.goto('/lab/house')
  await page.getByText(/mapping\.yaml can’t be read: line 1: the file must be a list/).waitFor()
  await page.getByRole('link', { name: 'Fix it' }).click()
  await page.getByRole('button', { name: 'Make an address' }).click()
  const address = await page.getByLabel('Address', { exact: true }).textContent()
  const reply = await fetch(address?.trim() ?? '', { method: 'POST', body: '{"level": 3}' })
  assert.equal(reply.status, 200)
  assert.equal((await lab.get('/resources/lab/house/level')).text, '3')
  await page.goto('/lab/house?view=keys')
  await page.getByLabel(/For a device with fixed MQTT topics/).check()
  await page.getByRole('button', { name: 'Make a key' }).click()
  await page.getByText('mounted', { exact: true }).waitFor()

  const phone = await visit('/lab/house?view=devices', { ...PHONE })
  await phone.getByText('houses/north/main/temp = 22').waitFor()
  await requireNoSidewaysScroll(phone, 'the page of devices')
})

test('who may not write the folder sees neither messages nor mapping', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('house')
  const reader = { user: 'reader@example.com', password: 'correct-horse-9' }
  await lab.user(reader.user)
  await lab.put('/resources/lab', { permissions: [[110, lab.organization.id, 10]] })
  const page = await visit('/lab/house', { as: reader })
  assert.equal(await page.getByRole('link', { name: 'Devices' }).count(), 0)
  assert.equal((await page.goto('/lab/house?view=devices'))?.status(), 403)
})
