/** What issue and policy promise of the site's safety, line by line. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { pages, resourcePages } from '../../daemon/web/pages.ts'
import { escapePath } from '../../daemon/web/links.ts'
import { pathOf } from '../../src/tree/tree.ts'
import { Browser } from '../support/browser.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { ADMIN, startWebLab } from '../support/web-lab.ts'

/** One of everything that has a page. */
async function fill(lab: Lab): Promise<void> {
  await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  await lab.sequence('/lab/temperature')
  await lab.sequence('/lab/camera', 3)
  await lab.put('/resources', { values: { '/lab/temperature': 4.5, '/lab/fridge/log': 'started' } })
  for (const [name, content] of [
    ['notes.md', '# Notes\n'],
    ['table.csv', 'a,b\n1,2\n'],
    ['plain.txt', 'text\n'],
    ['data.bin', '\0\x01'],
  ] as const)
    await lab.post('/resources', { path: '/lab', name, type: 'file', data: Buffer.from(content).toString('base64') })
}

/** Every page there is, with its resource where it has one. */
function allPaths(lab: Lab): string[] {
  const own = pages.filter(({ method }) => method === 'GET').map(({ path }) => path.replace(/:\w+/g, '1'))
  const ofResources = [...lab.ctx.tree.resources].flatMap((resource) =>
    resourcePages
      .filter(({ method, fits }) => method === 'GET' && fits(resource))
      .map(({ view }) => escapePath(pathOf(resource)) + (view === undefined ? '' : `?view=${view}`)),
  )
  return [...own, ...ofResources, '/lab/nowhere', '/-/nowhere', '/lab?view=nothing']
}

const signedIn = async (lab: Lab): Promise<Browser> => {
  const browser = new Browser(lab)
  assert.equal((await browser.signIn(ADMIN.user, ADMIN.password)).status, 200)
  return browser
}

test('every page and every error page stands under the strict policy, in nobody’s frame, with nothing inline', async (t) => {
  const lab = await startLab(t)
  await fill(lab)
  const { cookie } = await signedIn(lab)
  let count = 0
  for (const path of allPaths(lab)) {
    for (const headers of [{ cookie }, {}]) {
      const reply = await fetch(lab.url + path, { headers, redirect: 'manual' })
      const html = await reply.text()
      assert.equal(reply.status < 500, true, `${path} answers ${reply.status}`)
      if (reply.headers.get('content-type')?.startsWith('text/html') !== true) continue
      count++
      const policy = reply.headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'.*base-uri 'none'/, path)
      assert.match(policy, /form-action 'self'/, path)
      assert.doesNotMatch(policy, /unsafe|\*|https?:/, path)
      assert.equal(reply.headers.get('x-frame-options'), 'DENY', path)
      assert.equal(reply.headers.get('x-content-type-options'), 'nosniff', path)
      // The secret of a link stands in its address.
      const referrer = path.startsWith('/-/shared/') ? 'no-referrer' : 'same-origin'
      assert.equal(reply.headers.get('referrer-policy'), referrer, path)
      assert.doesNotMatch(html, /<script(?![^>]*(?:src=|application\/json))|<style|\sstyle=|<[a-z][^>]*\son\w+=/i, path)
      assert.doesNotMatch(html, /(?:href|src|action)="(?:javascript|data):/i, path)
    }
  }
  assert.ok(count > 40, `only ${count} pages were seen`)
})

test(
  'each change, of the API and of pages, is refused to a session that does not send its CSRF token, ' + 'and to pages of other sites',
  async (t) => {
    const lab = await startLab(t)
    await fill(lab)
    const { cookie, csrfToken } = await signedIn(lab)
    const { paths } = (await lab.get('/openapi.json')).json as { paths: Record<string, Record<string, unknown>> }
    // Whoever calls these has no session, or is about to get one: no cookie counts there.
    const open = new Set([
      'POST /api/v1/sessions',
      'POST /api/v1/sessions/passkey/offer',
      'POST /api/v1/sessions/passkey',
      'POST /api/v1/pins',
      'POST /api/v1/account-requests',
      'POST /api/v1/account-requests/{code}',
      'POST /api/v1/password-resets',
      'POST /api/v1/password-resets/{code}',
    ])
    let count = 0
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods).map((name) => name.toUpperCase())) {
        if (!['POST', 'PUT', 'DELETE'].includes(method)) continue
        const reply = await fetch(lab.url + path.replace('{path}', 'lab').replace(/\{\w+\}/g, '1'), { method, headers: { cookie } })
        const text = await reply.text()
        if (reply.status !== 403 || !/CSRF token/.test(text)) {
          assert.ok(
            open.has(`${method} ${path}`),
            `${method} ${path} answers ${reply.status} ${text.slice(0, 200)} to a session without its token`,
          )
        } else count++
      }
    }
    assert.ok(count >= 20, `only ${count} calls were seen to be refused`)

    const forms = pages.filter(({ method }) => method === 'POST').map(({ path }) => path.replace(/:\w+/g, '1'))
    const ofController = resourcePages
      .filter(({ method, fits }) => method === 'POST' && fits(lab.ctx.tree.find('/lab/fridge') ?? assert.fail()))
      .map(({ view }) => `/lab/fridge?view=${view ?? ''}`)
    const ofFile = resourcePages
      .filter(({ method, fits }) => method === 'POST' && fits(lab.ctx.tree.find('/lab/notes.md') ?? assert.fail()))
      .map(({ view }) => `/lab/notes.md?view=${view ?? ''}`)
    const ofSequence = resourcePages
      .filter(({ method, fits }) => method === 'POST' && fits(lab.ctx.tree.find('/lab/temperature') ?? assert.fail()))
      .map(({ view }) => `/lab/temperature?view=${view ?? ''}`)
    assert.ok(ofSequence.length > 0)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const path of [...forms, ...ofController, ...ofFile, ...ofSequence]) {
      const post = async (headers: Record<string, string>, body: string): Promise<number> =>
        (await fetch(lab.url + path, { method: 'POST', redirect: 'manual', headers: { ...type, cookie, ...headers }, body })).status
      assert.equal(await post({}, 'act=make'), 403, `${path} without a token`)
      assert.equal(await post({}, `csrf_token=${'x'.repeat(43)}`), 403, `${path} with a wrong token`)
      for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
        assert.equal(await post(headers, `csrf_token=${csrfToken}`), 403, `${path} from ${JSON.stringify(headers)}`)
    }
  },
)

test('cookies are HttpOnly and SameSite; under TLS Secure, and the session’s is bound to this host', async (t) => {
  for (const SSL of [false, true]) {
    const lab = await startLab(t, { settings: { SSL } })
    const body = new URLSearchParams({ user: ADMIN.user, password: ADMIN.password })
    const replies = [
      await fetch(`${lab.url}/-/sign-in`, { method: 'POST', redirect: 'manual', body }),
      await fetch(`${lab.url}/api/v1/sessions`, { method: 'POST', body }),
      await fetch(`${lab.url}/-/theme`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ theme: 'dark', next: '/' }) }),
    ]
    const cookies = replies.flatMap((reply) => reply.headers.getSetCookie())
    assert.equal(cookies.length, 5, JSON.stringify(cookies))
    for (const cookie of cookies) {
      assert.match(cookie, /; HttpOnly/)
      assert.match(cookie, /; SameSite=Lax/)
      assert.match(cookie, /; Path=\//)
      assert.doesNotMatch(cookie, /Domain/i)
      assert.equal(cookie.includes('; Secure'), SSL, cookie)
    }
    const prefix = SSL ? '__Host-rhizo' : 'rhizo'
    for (const [at, name] of ['session', 'device', 'session', 'device'].entries())
      assert.ok(cookies[at]?.startsWith(`${prefix}-${name}=`), cookies[at])
    await lab.stop()
  }
})

test('no form and no link leads to another host', async (t) => {
  const lab = await startLab(t)
  const { cookie, csrfToken } = await signedIn(lab)
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example/',
    '/a/..//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '%2F%2Fevil.example',
  ]) {
    const places: (string | null)[] = []
    places.push(
      (
        await fetch(`${lab.url}/-/sign-in`, {
          method: 'POST',
          redirect: 'manual',
          body: new URLSearchParams({ user: ADMIN.user, password: ADMIN.password, next }),
        })
      ).headers.get('location'),
    )
    places.push(
      (await fetch(`${lab.url}/-/sign-in?next=${encodeURIComponent(next)}`, { redirect: 'manual', headers: { cookie } })).headers.get(
        'location',
      ),
    )
    places.push(
      (
        await fetch(`${lab.url}/-/theme`, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie },
          body: new URLSearchParams({ theme: 'dark', next, csrf_token: csrfToken }),
        })
      ).headers.get('location'),
    )
    for (const place of places)
      assert.equal(new URL(place ?? assert.fail(), 'http://here.example').origin, 'http://here.example', `${next} leads to ${place}`)
  }
  for (const path of ['//evil.example/', '/\\evil.example/', '/%2Fevil.example', '/%5cevil.example/', '//evil.example/%2e%2e/']) {
    const location = (await fetch(lab.url + path, { redirect: 'manual', headers: { cookie } })).headers.get('location')
    if (location !== null) assert.equal(new URL(location, lab.url).host, new URL(lab.url).host, `${path} leads to ${location}`)
  }
})

test('a page that another site opens is cut off from it, also one that was kept; other visits cost no second process', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const { cookie } = await signedIn(lab)
  const get = (path: string, headers: Record<string, string>): Promise<Response> =>
    fetch(lab.url + path, { headers: { cookie, ...headers } })
  for (const [site, policy] of [
    ['cross-site', 'same-origin'],
    ['same-site', 'same-origin'],
    // A browser that doesn't say.
    ['', 'same-origin'],
    ['none', null],
    ['same-origin', null],
  ] as const) {
    for (const path of ['/', '/lab', '/lab/nowhere']) {
      const reply = await get(path, site === '' ? {} : { 'sec-fetch-site': site })
      assert.equal(reply.headers.get('cross-origin-opener-policy'), policy, `${path} ${site}`)
      assert.match(reply.headers.get('vary') ?? '', /sec-fetch-site/)
    }
  }
  const etag = (await get('/lab', { 'sec-fetch-site': 'none' })).headers.get('etag') ?? ''
  assert.equal((await get('/lab', { 'sec-fetch-site': 'none', 'if-none-match': etag })).status, 304)
  assert.equal((await get('/lab', { 'sec-fetch-site': 'cross-site', 'if-none-match': etag })).status, 200)

  const other = createServer((_incoming, reply) => reply.setHeader('content-type', 'text/html').end('<button>Open</button>'))
  await new Promise<void>((resolve) => other.listen(0, resolve))
  t.after(() => other.close())
  const page = await visit('/lab')
  const context = await page.context().browser()!.newContext()
  t.after(() => context.close())
  const evil = await context.newPage()
  await evil.goto(`http://localhost:${(other.address() as AddressInfo).port}/`)
  // The first visit, and one that finds the page in the browser's memory.
  for (const time of ['first', 'second']) {
    const opening = context.waitForEvent('page')
    await evil.evaluate(
      `button = document.querySelector('button'), button.onclick = () => { opened = window.open('${lab.url}/-/sign-in') }`,
    )
    await evil.click('button')
    const opened = await opening
    await opened.getByLabel('Password').waitFor()
    assert.equal(await opened.evaluate('window.opener'), null, `${time} time`)
    await evil.waitForFunction('opened.closed')
    await opened.goto(`${lab.url}/-/sign-in`)
    await opened.close()
  }
})

test('what people upload never runs as a page of this server', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const evil = '<!doctype html><script>document.title = "ran"; parent.ran = true</script>'
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "ran"</script></svg>'
  const files = {
    'evil.html': evil,
    'evil.svg': svg,
    'evil.xhtml': evil,
    'evil.js': 'document.title = "ran"',
    'evil.pdf': evil,
    'evil.png.html': evil,
    'no-ending': evil,
  }
  for (const [name, content] of Object.entries(files))
    await lab.post('/resources', { path: '/lab', name, type: 'file', data: Buffer.from(content).toString('base64') })
  await lab.sequence('/lab/text', 2)
  await lab.put('/resources', { values: { '/lab/text': evil } })
  const { cookie } = await signedIn(lab)
  for (const name of Object.keys(files)) {
    for (const path of [`/api/v1/resources/lab/${name}`, `/api/v1/resources/lab/${name}?download=1`, `/lab/${name}?view=raw`]) {
      const reply = await fetch(lab.url + path, { headers: { cookie } })
      if (reply.status === 404) continue
      const type = reply.headers.get('content-type') ?? ''
      assert.equal(reply.headers.get('x-content-type-options'), 'nosniff', path)
      const policy = reply.headers.get('content-security-policy') ?? ''
      // Browsers show no PDF in a sandbox: it stands under a policy that lets nothing run.
      if (type === 'application/pdf') assert.match(policy, /^default-src 'none'(?!.*script-src)/, path)
      else assert.match(policy, /(?:^|[ ;])sandbox(?! allow-scripts)/, path)
      if (type !== 'image/svg+xml') assert.doesNotMatch(type, /html|javascript|xml/, `${path} is ${type}`)
    }
  }
  const value = await fetch(`${lab.url}/api/v1/resources/lab/text`, { headers: { cookie } })
  assert.match(value.headers.get('content-type') ?? '', /^text\/plain/)
  assert.equal(value.headers.get('x-content-type-options'), 'nosniff')
  // And in a browser that is signed in: nothing of it gets to run, whichever way one goes there.
  const page = await visit('/lab')
  for (const name of Object.keys(files)) {
    for (const path of [`/api/v1/resources/lab/${name}`, `/lab/${name}?view=raw`, `/lab/${name}`]) {
      await page.goto(path).catch(() => undefined)
      assert.notEqual(await page.title(), 'ran', path)
    }
  }
  await page.goto('/api/v1/resources/lab/text')
  assert.notEqual(await page.title(), 'ran')
})

test('answers of the API are not guessed at by browsers, errors included', async (t) => {
  const lab = await startLab(t)
  await fill(lab)
  const { paths } = (await lab.get('/openapi.json')).json as { paths: Record<string, Record<string, unknown>> }
  for (const [path, methods] of Object.entries(paths)) {
    if (!('get' in methods)) continue
    for (const key of [lab.key, '']) {
      const reply = await fetch(
        lab.url + path.replace('{path}', 'lab').replace(/\{\w+\}/g, '1'),
        key === '' ? {} : { headers: { authorization: `Bearer ${key}` } },
      )
      await reply.body?.cancel()
      assert.equal(reply.headers.get('x-content-type-options'), 'nosniff', `${path} (${reply.status})`)
    }
  }
})

test('X-Forwarded headers count from proxies that the setting names, and from nobody else', async (t) => {
  const send = async (lab: Lab, headers: Record<string, string>): Promise<Response> =>
    fetch(`${lab.url}/-/sign-in`, { redirect: 'manual', headers })
  const addressOf = async (lab: Lab, forwarded: string): Promise<string> => {
    const fridge = lab.ctx.tree.find('/lab/fridge') ? undefined : await lab.controller('fridge')
    await fetch(`${lab.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${fridge?.key ?? ''}`, 'x-forwarded-for': forwarded } })
    return lab.ctx.liveness.get(fridge?.id ?? 0)?.address ?? ''
  }
  const open = await startLab(t, { settings: { FORCE_SSL: true } })
  assert.equal((await send(open, { 'x-forwarded-proto': 'http' })).status, 200)
  assert.equal(await addressOf(open, '203.0.113.9'), '127.0.0.1')
  await open.stop()
  const behind = await startLab(t, { settings: { FORCE_SSL: true, TRUSTED_PROXIES: ['127.0.0.1'] } })
  const redirected = await send(behind, { 'x-forwarded-proto': 'http' })
  assert.equal(redirected.status, 308)
  assert.match(redirected.headers.get('location') ?? '', /^https:\/\/127\.0\.0\.1/)
  assert.equal((await send(behind, { 'x-forwarded-proto': 'https' })).status, 200)
  assert.equal(await addressOf(behind, '198.51.100.1, 203.0.113.9'), '203.0.113.9', 'the entry that our own proxy added')
  await behind.stop()
})
