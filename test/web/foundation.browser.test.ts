/** The web site's ground: signing in, errors, headers, what goes over the wire, colours, the keyboard. */
import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import test from 'node:test'
import { safeNext } from '../../daemon/web/links.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

test('a person signs in, lands where they wanted to go, and signs out again', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/lab', { as: null })
  assert.match(page.url(), /\/-\/sign-in\?next=%2Flab$/)
  await requireAccessible(page, 'the sign-in page')
  await page.getByLabel('E-mail address or user name').fill('admin@example.com')
  await page.getByLabel('Password').fill('wrong-horse-9')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('The user or the password is wrong.').waitFor()
  assert.equal(await page.getByLabel('E-mail address or user name').inputValue(), 'admin@example.com')
  await page.getByLabel('Password').fill('correct-horse-9')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${lab.url}/lab`)
  await page.getByRole('heading', { name: 'lab' }).waitFor()
  await page.getByLabel('Account of admin@example.com').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL(/sign-in/)
  await page.goto('/lab')
  assert.match(page.url(), /sign-in/)
})

test('pages stand under a strict policy, and go out compressed, from this host alone', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const reply = await fetch(`${lab.url}/-/sign-in`)
  const policy = reply.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.doesNotMatch(policy, /unsafe/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.equal(reply.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(reply.headers.get('referrer-policy'), 'same-origin')
  const html = await reply.text()
  assert.doesNotMatch(html, /<script(?![^>]*(?:src=|application\/json))|\sstyle=|\son\w+=/)

  const page = await visit('/')
  const sizes = new Map<string, number>()
  page.on('response', (response) => {
    void response
      .request()
      .sizes()
      .then(({ responseBodySize, responseHeadersSize }) => sizes.set(response.url(), responseBodySize + responseHeadersSize))
  })
  await page.goto('/lab', { waitUntil: 'networkidle' })
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  assert.ok(sizes.size >= 1 && total < 150_000, `a page costs ${total} bytes`)
})

test('a first visit asks for the page, one style sheet and one script, whichever page it is', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  await lab.sequence('/lab/temperature')
  await lab.sequence('/lab/log', 2)
  await lab.sequence('/lab/camera', 3)
  for (const [name, text] of Object.entries({ 'notes.md': '# Notes', 'wall.dashboard': 'tiles: []\n' }))
    await lab.post('/resources', { path: '/lab', name, type: 'file', data: Buffer.from(text).toString('base64') })
  for (const path of [
    '/',
    '/lab/fridge',
    '/lab/temperature',
    '/lab/log',
    '/lab/camera',
    '/lab/notes.md?view=edit',
    '/lab/wall.dashboard',
  ]) {
    const page = await visit('about:blank')
    const kinds: string[] = []
    const sizes: Promise<number>[] = []
    page.on('requestfinished', (request) => {
      kinds.push(request.resourceType())
      sizes.push(request.sizes().then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize))
    })
    const reply = await page.goto(path)
    assert.equal(reply?.status(), 200, path)
    const asked = kinds.filter((kind) => kind === 'document' || kind === 'stylesheet' || kind === 'script').sort()
    assert.deepEqual(asked, ['document', 'script', 'stylesheet'], path)
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    assert.ok(total < 150_000, `${path} costs ${total} bytes`)
    // The script of every page is in it: menus close on Escape.
    const menu = page.locator('details[data-menu]').first()
    await menu.locator('summary').click()
    await page.keyboard.press('Escape')
    await page.waitForFunction("document.querySelector('details[data-menu][open]') === null")
  }
})

test('style sheet and scripts are compressed ahead and kept for ever; a page that did not change is not sent again', async (t) => {
  const { lab } = await startWebLab(t)
  const page = await get(`${lab.url}/-/sign-in`)
  const style = /href="(\/-\/assets\/main-[^"]+\.css)"/.exec(page.body)?.[1] ?? ''
  assert.notEqual(style, '', 'the page names no style sheet: was it built (node scripts/build.js)?')
  const css = await get(lab.url + style, { 'accept-encoding': 'br' })
  assert.equal(css.headers['content-encoding'], 'br')
  assert.match(css.headers['cache-control'] ?? '', /immutable/)
  assert.equal((await get(`${lab.url}/-/assets/manifest.json`)).status, 404)
  assert.equal((await get(`${lab.url}/-/assets/..%2fweb.js`)).status, 404)
  const again = await get(`${lab.url}/-/sign-in`, { 'if-none-match': page.headers.etag ?? '' })
  assert.equal(again.status, 304)
})

test('a link can not lead away from this server after signing in', async (t) => {
  for (const bad of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/%0d%0aset-cookie:x',
    '/\n/evil.example',
    '/\t/evil.example',
    '',
    ' /x',
  ]) {
    assert.match(safeNext(bad), /^\/(?![/\\])/, bad)
  }
  assert.equal(safeNext('/lab/a%20b?view=log&x=1'), '/lab/a%20b?view=log&x=1')
  assert.equal(safeNext('/a/..//evil.example'), '/')
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/sign-in?next=//evil.example/x')
  assert.equal(page.url(), `${lab.url}/`)
})

test('forms of other sites, and forms without the token, change nothing', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/')
  const [cookie] = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`)
  const post = (path: string, headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(lab.url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    })
  assert.equal((await post('/-/sign-out', { cookie: cookie ?? '' }, '')).status, 403)
  assert.equal((await post('/-/sign-out', { cookie: cookie ?? '' }, 'csrf_token=wrong')).status, 403)
  assert.equal(
    (await post('/-/sign-in', { origin: 'https://evil.example' }, 'user=admin@example.com&password=correct-horse-9')).status,
    403,
  )
  assert.equal(
    (await post('/-/sign-in', { 'sec-fetch-site': 'cross-site' }, 'user=admin@example.com&password=correct-horse-9')).status,
    403,
  )
  await page.reload()
  await page.getByRole('heading', { name: 'rhizo' }).waitFor()
})

test('errors say what to do: nothing there, not allowed, something broken', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user('guest@example.com', { member: false })
  const mine = await visit('/lab/nowhere')
  await mine.getByRole('heading', { name: 'There is nothing here' }).waitFor()
  await requireAccessible(mine, 'the page for nothing')
  // Of what may not be read one does not learn whether it is there.
  const page = await visit('/lab/nowhere', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await page.getByText('Ask an admin of the organization').waitFor()
  const reply = await page.goto('/lab')
  assert.equal(reply?.status(), 403)
  await page.getByText('Ask an admin of the organization').waitFor()
  await page.goto('/-/nothing')
  await page.getByText('There is no such page.').waitFor()
  assert.equal((await get(`${lab.url}/api/v1/nothing`)).headers['content-type'], 'application/json', 'the API still speaks JSON')
})

test('colours are chosen without script and with it, and last', async (t) => {
  const { visit } = await startWebLab(t)
  const page = await visit('/lab', { colorScheme: 'light' })
  const ground = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
  const light = await ground()
  await Promise.all([page.waitForResponse(/theme/), page.getByRole('button', { name: 'Colours: dark' }).click()])
  await page.locator('html[data-theme="dark"]').waitFor()
  assert.notEqual(await ground(), light)
  await page.reload()
  await page.locator('html[data-theme="dark"]').waitFor()
  await requireAccessible(page, 'a folder in the dark')

  const plain = await visit('/lab', { javaScriptEnabled: false })
  await plain.getByRole('button', { name: 'Colours: dark' }).click()
  await plain.locator('html[data-theme="dark"]').waitFor()
  assert.match(plain.url(), /\/lab$/)
})

test('by keyboard alone: past the header to the content; on a phone nothing scrolls sideways', async (t) => {
  const { visit } = await startWebLab(t)
  const page = await visit('/lab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate('document.activeElement.id'), 'content')
  await page.keyboard.press('/')
  assert.equal(await page.evaluate('document.activeElement.id'), 'site-search')
  const phone = await visit('/lab', PHONE)
  await requireNoSidewaysScroll(phone, 'a folder')
})

interface Answer {
  status: number
  headers: Record<string, string | undefined>
  body: string
}

/** As the server sends it: nothing is decompressed, no header is added. */
function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const path = url.slice(new URL(url).origin.length)
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string | undefined>,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}
