/** What programs and pages of rhizo-server do, and find again here: keys that devices have, shapes of answers, addresses. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { startLab, type Lab } from '../support/lab.ts'

const fetchAt = (lab: Lab, path: string, headers: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> =>
  fetch(`${lab.url}${path}`, { redirect: 'manual', headers: { authorization: `Bearer ${lab.key}`, ...headers }, ...init })

test('a key that a device has already is registered as it is, once, if it is hard to guess', async (t) => {
  const lab = await startLab(t)
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const key = 'MYOWNKEY-4f8c1d7b92e6a03558'
  const made = await lab.post('/keys', { access_as_controller_id: fridge.id, key })
  assert.equal((made.json as { secret_key: string }).secret_key, key)
  assert.equal(((await lab.as(key).get('/resources/self', { meta: 1 })).json as { id: number }).id, fridge.id)
  assert.equal((await lab.post('/keys', { access_as_controller_id: oven.id, key })).status, 409)
  for (const weak of ['short', 'x'.repeat(40), 'with a blank in it 123456', 'k'.repeat(300)])
    assert.equal((await lab.post('/keys', { access_as_controller_id: oven.id, key: weak })).status, 400, weak)
  assert.equal((await lab.post('/keys', { access_as_user_id: 1, organization_id: lab.organization.id, key })).status, 400)
})

test('what of a write means nothing is named in its answer', async (t) => {
  const lab = await startLab(t)
  const made = await lab.post('/resources', { path: '/lab', name: 't', type: 'sequence', data_type: 1, max_histroy: 50, _csrf: 1 })
  assert.deepEqual((made.json as { unknown_parameters?: string[] }).unknown_parameters, ['max_histroy', '_csrf'])
  const plain = await lab.put('/resources/lab/t', { user_attributes: '{}', csrf_token: 'x' })
  assert.equal((plain.json as { unknown_parameters?: string[] }).unknown_parameters, undefined)
})

test('permissions are a list, empty for what inherits them; a plain field "file" beside data is nothing', async (t) => {
  const lab = await startLab(t)
  const sent = await lab.post('/resources/lab/test.txt', { data: Buffer.from('x').toString('base64'), path: '/lab', file: 'test.txt' })
  assert.equal(sent.status, 200, sent.text)
  type Info = { permissions: unknown[]; inherits_permissions: boolean }
  const info = async (): Promise<Info> => (await lab.get('/resources/lab/test.txt', { meta: 1 })).json as Info
  assert.deepEqual([(await info()).permissions, (await info()).inherits_permissions], [[], true])
  await lab.put('/resources/lab/test.txt', { permissions: [[100, 0, 10]] })
  assert.deepEqual([(await info()).permissions, (await info()).inherits_permissions], [[[100, 0, 10]], false])
})

test("a file's address gives its bytes unless a page is asked for; width makes a picture smaller", async (t) => {
  const lab = await startLab(t)
  const picture = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#286' } })
    .png()
    .toBuffer()
  await lab.post('/resources/lab/photo.png', { data: picture.toString('base64') })
  await lab.post('/resources/lab/page.html', { data: Buffer.from('<script>1</script>').toString('base64') })
  await lab.put('/resources/lab', { permissions: [[100, 0, 10]] })
  const bytes = async (headers: Record<string, string>, query = ''): Promise<[string | null, Buffer]> => {
    const reply = await fetchAt(lab, `/lab/photo.png${query}`, headers)
    return [reply.headers.get('content-type'), Buffer.from(await reply.arrayBuffer())]
  }
  const images: Record<string, string>[] = [{}, { accept: 'image/avif,image/*,*/*;q=0.8', 'sec-fetch-dest': 'image' }, { accept: '*/*' }]
  for (const headers of images) assert.deepEqual(await bytes(headers), ['image/png', picture], JSON.stringify(headers))
  const [type, page] = await bytes({ accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-dest': 'document' })
  assert.match(type ?? '', /text\/html/)
  assert.match(page.toString(), /photo\.png/)
  const [smallType, small] = await bytes({}, '?width=120')
  assert.equal(smallType, 'image/jpeg')
  assert.equal((await sharp(small).metadata()).width, 120)
  assert.equal((await fetchAt(lab, '/lab/photo.png?width=no')).status, 400)
  const html = await fetchAt(lab, '/lab/page.html')
  assert.match(html.headers.get('content-security-policy') ?? '', /sandbox/, 'what a file holds is no page of this server')
})

/** Where a page of rhizo-server has its token, and programs look for it. */
const TOKEN = /<input type="hidden" name="csrf_token" value="([^"]*)"/

test('addresses of old lead to the pages of today, and programs sign in where they did', async (t) => {
  const lab = await startLab(t)
  const moved: [string, string][] = [
    ['/sign-in', '/-/sign-in'],
    ['/settings/change-password', '/-/settings'],
    ['/create-account/abc123', '/-/invitations/abc123'],
    ['/system/Users', '/-/system/users'],
    ['/sign-out', '/-/settings'],
    ['/settings/lab', '/lab\\?view=members'],
    ['/ext/hello/page', '/-/ext/hello/page'],
    ['/static/images/logo.png', '/-/pages/images/logo.png'],
  ]
  for (const [from, to] of moved)
    assert.match((await fetchAt(lab, from, { accept: 'text/html' })).headers.get('location') ?? '', new RegExp(`${to}$`), from)
  await lab.post('/resources/lab/t.csv', { data: Buffer.from('a,b\n1,2\n').toString('base64') })
  assert.equal((await fetchAt(lab, '/lab/t.csv?view=2', { accept: 'text/html' })).status, 200)
  assert.equal((await fetchAt(lab, '/lab/t.csv?view=none', { accept: 'text/html' })).status, 404)
  const form = new URLSearchParams({ email: 'nobody@example.com', password: 'wrong' })
  const refused = await fetch(`${lab.url}/sign-in`, { method: 'POST', body: form, redirect: 'manual' })
  assert.notEqual(refused.status, 404)
  assert.equal(refused.headers.get('set-cookie')?.includes('session') ?? false, false)
  const right = new URLSearchParams({ email: 'admin@example.com', password: 'correct-horse-9', csrf_token: 'of the page' })
  const signedIn = await fetch(`${lab.url}/sign-in`, { method: 'POST', body: right, redirect: 'manual' })
  assert.match(signedIn.headers.get('set-cookie') ?? '', /session=/)
  // As the form of rhizo-server has it; then the token of a page goes with each change.
  const page = await (await fetch(`${lab.url}/sign-in`)).text()
  assert.match(page, TOKEN)
  const asItWas = new URLSearchParams({ email_address: 'admin@example.com', password: 'correct-horse-9', remember_me: '1', csrf_token: '' })
  const session = await fetch(`${lab.url}/sign-in`, { method: 'POST', body: asItWas, redirect: 'manual' })
  assert.deepEqual([session.status, session.headers.get('location')], [303, '/'])
  const cookie = session.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const [, token = ''] = TOKEN.exec(await (await fetch(lab.url, { headers: { cookie } })).text()) ?? []
  const create = (name: string, csrf: string): Promise<Response> =>
    fetch(`${lab.url}/api/v1/resources`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ path: '/lab', name, type: '10', csrf_token: csrf }),
    })
  assert.deepEqual([(await create('a', token)).status, (await create('b', 'wrong')).status], [200, 403])
})

test('organizations are told as folders, and members by an id, as programs of old read them', async (t) => {
  const lab = await startLab(t)
  const organizations = (await lab.get('/organizations')).json as Record<string, Record<string, unknown>>
  const one = organizations[lab.organization.id]
  assert.ok(one)
  const settings = one['settings'] as { full_name: string }
  assert.equal(settings.full_name, one['full_name'])
  assert.deepEqual(one['system_attributes'], settings)
  assert.match(String(one['creation_timestamp']), /^\d{4}-/)
  assert.equal(one['folder_name'], one['name'])
  const members = (await lab.get(`/organizations/${lab.organization.id}/users`)).json as Record<string, { id: number; user_id: number }>
  for (const [id, member] of Object.entries(members)) {
    assert.deepEqual([String(member.id), String(member.user_id)], [id, id])
    const same = (await lab.get(`/organizations/${lab.organization.id}/users/${member.id}`)).json
    assert.deepEqual({ id: member.id, ...(same as object) }, member)
  }
})
