/** Pages of the lab's own, and of extensions, in a browser: on the server's origin, under its policy. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import sharp from 'sharp'
import { EXAMPLES } from '../support/extension-lab.ts'
import { connect } from '../support/peer.ts'
import { requireAccessible, requireNoSidewaysScroll, PHONE, startWebLab } from '../support/web-lab.ts'

test('a page of the lab’s own hears values and sends messages; the policy and the folder hold; a plate is shown', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-pages-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await cp(join(EXAMPLES, '..', 'pages'), folder, { recursive: true })
  await writeFile(join(folder, '.secret'), 'no')
  await writeFile(join(folder, 'inline.html'), '<!doctype html><title>plain</title><script>document.title = "changed"</script>')
  await symlink('/etc/hostname', join(folder, 'outside.txt'))
  const settings = { PAGES_FOLDER: folder, EXTENSIONS_FOLDER: EXAMPLES, EXTENSIONS: ['plate-map', 'hello'] }
  const { lab, visit } = await startWebLab(t, { settings })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const peer = await connect(t, lab, fridge.key)
  await peer.subscribe('/lab/fridge')

  const stranger = await fetch(`${lab.url}/-/pages/`, { redirect: 'manual' })
  assert.deepEqual([stranger.status, stranger.headers.get('location')], [303, '/-/sign-in?next=%2F-%2Fpages%2F'])
  for (const path of ['.secret', 'outside.txt', 'none.html', '%2e%2e/config.yaml'])
    assert.notEqual((await fetch(`${lab.url}/-/pages/${path}`, { headers: { authorization: `Bearer ${lab.key}` } })).status, 200, path)

  const page = await visit('/-/pages')
  assert.equal(new URL(page.url()).pathname, '/-/pages/')
  await page.locator('#state', { hasText: /^$/ }).waitFor({ state: 'attached' })
  // The subscription is on its way: the value that comes after it is shown.
  let value = 0
  while ((await page.locator('#temperature').textContent()) === '…')
    await peer.tell('update_sequence', { sequence: 'temperature', value: ++value })
  await peer.tell('update_sequence', { sequence: 'temperature', value: 4.5 })
  await page.locator('#temperature', { hasText: '4.5' }).waitFor()
  await page.getByRole('button', { name: 'Switch the pump on' }).click()
  assert.deepEqual((await peer.hear('set_pump')).parameters, { on: true })
  await page.getByText('The pump was told.').waitFor()

  const reply = await fetch(`${lab.url}/-/pages/inline.html`, { headers: { authorization: `Bearer ${lab.key}` } })
  assert.match(reply.headers.get('content-security-policy') ?? '', /script-src 'self';/)

  const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#2080c0' } })
    .png()
    .toBuffer()
  for (const name of ['A01.png', 'H12.png']) await lab.post(`/resources/lab/plate/${name}`, { data: picture.toString('base64') })
  await page.goto('/lab/plate')
  await page.getByRole('table').getByRole('img', { name: 'Well H12' }).waitFor()
  // Waits until it is loaded; a broken one is an error.
  await page.evaluate("document.querySelector('.plate img').decode()")
  await requireAccessible(page, 'the plate')
  await page.getByRole('link', { name: 'Show as a list' }).click()
  await page.getByRole('link', { name: 'H12.png' }).first().waitFor()
  await page.goto('/-/system/extensions')
  await page.getByText('Running').first().waitFor()
  await requireAccessible(page, 'the extensions of the system')
  const phone = await visit('/lab/plate', PHONE)
  await requireNoSidewaysScroll(phone, 'the plate on a phone')
})
