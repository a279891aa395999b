/** The site as an app on a phone, and how its forms speak of their fields. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { withLabels } from '../../daemon/web/shared/field-labels.ts'
import { startLab } from '../support/lab.ts'

interface Manifest {
  name: string
  start_url: string
  display: string
  icons: { src: string; sizes: string; type: string; purpose?: string }[]
}

test('the site can be installed: a manifest that pages name, with icons that are there and have the size they say', async (t) => {
  const lab = await startLab(t, { settings: { SYSTEM_NAME: 'Greenhouse' } })
  const page = await (await fetch(`${lab.url}/-/sign-in`)).text()
  const address = /<link rel="manifest" href="([^"]+)"/.exec(page)?.[1] ?? assert.fail('no manifest')
  const reply = await fetch(lab.url + address)
  assert.match(reply.headers.get('content-type') ?? '', /^application\/manifest\+json/)
  const manifest = (await reply.json()) as Manifest
  assert.deepEqual([manifest.name, manifest.start_url, manifest.display], ['Greenhouse', '/', 'standalone'])
  assert.ok(manifest.icons.some(({ purpose }) => purpose === 'maskable'))
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await fetch(lab.url + src)
    assert.equal(icon.headers.get('content-type'), type, src)
    const bytes = Buffer.from(await icon.arrayBuffer())
    // Width and height of a PNG are in its first chunk.
    if (type === 'image/png') assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes)
  }
  assert.ok(manifest.icons.filter(({ type }) => type === 'image/png').length >= 3)
})

test('a refusal speaks of fields by their labels, and leaves paths, values and other names alone', () => {
  const fields = ['csrf_token', 'email_address', 'folder_name', 'name']
  assert.equal(
    withLabels('email_address is not an e-mail address: "ada@example".', fields),
    'The e-mail address is not an e-mail address: "ada@example".',
  )
  assert.equal(withLabels('There is a user with that email_address.', fields), 'There is a user with that e-mail address.')
  assert.equal(withLabels('folder_name: there is a resource already.', fields), 'Name of the folder: there is a resource already.')
  assert.equal(withLabels('Give email_address or folder_name.', fields), 'Give the e-mail address or name of the folder.')
  assert.equal(withLabels('There is no "folder_name" in /lab/folder_name.', fields), 'There is no "folder_name" in /lab/folder_name.')
  assert.equal(withLabels('key_part is missing.', fields), 'key_part is missing.', 'not a field of this form')
  assert.equal(withLabels('user_name is taken.', []), 'The user name is taken.', 'known, though of another form')
})

test('a form that is refused names its field as people read it', async (t) => {
  const lab = await startLab(t, { settings: { ORGANIZATION_SIGN_UP: true } })
  const reply = await fetch(`${lab.url}/-/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email_address: 'ada@example', organization_name: 'x' }).toString(),
  })
  const text = await reply.text()
  assert.doesNotMatch(text.replace(/<[^>]*>/g, ' '), /email_address/)
  assert.match(text, /The e-mail address is not an e-mail address/)
})
