/** Pages of files: each kind as it is best seen, safely whatever is in it; revisions; and what can be done with a file. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import type { Lab } from '../support/lab.ts'
import { makePdf, makeTone } from '../support/media-samples.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const put = (lab: Lab, path: string, content: string | Uint8Array) =>
  lab.post(`/resources${path.split('/').map(encodeURIComponent).join('/')}`, { data: Buffer.from(content).toString('base64') })
const picture = (width = 400, height = 300): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#286' } })
    .png()
    .toBuffer()

/** Of an image, once it is there. */
const widthOf = (page: Page, image: string): Promise<number> =>
  page.evaluate<number>(
    `(async () => { const image = document.querySelector('${image}'); await image.decode(); return image.naturalWidth })()`,
  )

const PDF = makePdf('Watering')

test('Markdown is shown with its links and pictures, and nothing in it acts', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/notes/plant.png', await picture())
  await put(lab, '/lab/notes/other.md', 'Hello')
  await put(
    lab,
    '/lab/notes/guide.md',
    '# How to water\n\nSee [the other](other.md).\n\n![A plant](plant.png)\n\n|a|b|\n|-|-:|\n|1|2|\n\n' +
      '<script>document.title = "broken into"</script>\n<img src=x onerror="document.title = \'broken into\'">\n\n' +
      '[click](javascript:document.title="x") ![pixel](https://tracker.example/p.png)\n\n' +
      '<iframe src="/"></iframe> <style>body { display: none }</style>',
  )
  const page = await visit('/lab/notes/guide.md')
  await page.getByRole('heading', { name: 'How to water', level: 2 }).waitFor()
  assert.equal(await widthOf(page, '.prose img'), 400)
  await page.getByText('<script>document.title = "broken into"</script>').waitFor()
  assert.equal(await page.title(), 'guide.md · rhizo')
  assert.equal(await page.locator('.prose iframe, .prose script, .prose style, .prose [onerror], .prose a[href^="javascript"]').count(), 0)
  await requireAccessible(page, 'Markdown')
  await page.getByRole('link', { name: 'the other' }).click()
  await page.getByText('Hello').waitFor()
  await page.setViewportSize({ width: 390, height: 800 })
  await requireNoSidewaysScroll(page, 'Markdown on a phone')
})

test('names and contents full of HTML are text everywhere', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const name = '<img src=x onerror=alert(1)>.csv'
  await put(
    lab,
    `/lab/${name}`,
    '<b>name</b>,formula\n<script>alert(1)</script>,=1+1\n"a ""quoted"" cell","=HYPERLINK(""javascript:alert(1)"")"\n',
  )
  const page = await visit(`/lab/${encodeURIComponent(name)}`)
  await page.getByRole('heading', { name }).waitFor()
  await page.getByRole('columnheader', { name: '<b>name</b>' }).waitFor()
  await page.getByRole('cell', { name: '=1+1' }).waitFor()
  await page.getByRole('cell', { name: '=HYPERLINK("javascript:alert(1)")' }).waitFor()
  await page.getByText('2 rows, 2 columns').waitFor()
  await requireAccessible(page, 'a table')
  await put(lab, '/lab/x.txt', '</pre><script>document.title = "broken into"</script>')
  await page.goto('/lab/x.txt')
  await page.getByText('</pre><script>document.title').waitFor()
  assert.equal(await page.title(), 'x.txt · rhizo')
})

test('what is uploaded can not run as this site: types by the name alone, in a sandbox, the rest as a download', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const html = '<script>document.title = "broken into"; fetch("/api/v1/users")</script>hello'
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>document.documentElement.setAttribute("data-ran", ' +
    '"1")</script><rect width="40" height="40" fill="green"/></svg>'
  for (const [name, content] of Object.entries({
    'page.html': html,
    'fake.png': html,
    'drawing.svg': svg,
    'tool.exe': 'MZ',
    'paper.pdf': PDF,
  }))
    await put(lab, `/lab/${name}`, content)
  const page = await visit('/lab')
  for (const [name, type, disposition] of [
    ['page.html', 'text/plain; charset=utf-8', undefined],
    ['fake.png', 'image/png', undefined],
    ['drawing.svg', 'image/svg+xml', undefined],
    ['tool.exe', 'application/octet-stream', 'attachment'],
    ['paper.pdf', 'application/pdf', undefined],
  ] as const) {
    const reply = await page.request.get(`/lab/${name}?view=raw`)
    const headers = reply.headers()
    assert.equal(headers['content-type'], type, name)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.match(headers['content-security-policy'] ?? '', name === 'paper.pdf' ? /^default-src 'none'/ : /^sandbox; default-src 'none'/)
    assert.equal(headers['content-disposition']?.split(';', 1)[0], disposition, name)
    // The API's own bytes say nothing of what they are.
    assert.equal((await page.request.get(`/api/v1/resources/lab/${name}`)).headers()['content-type'], 'application/octet-stream')
  }
  await page.goto('/lab/drawing.svg?view=raw')
  assert.equal(await page.evaluate("document.documentElement.getAttribute('data-ran')"), null)
  await page.goto('/lab/drawing.svg')
  assert.equal(await widthOf(page, '#picture-image'), 40)
  await page.goto('/lab/page.html')
  await page.getByText('<script>document.title').waitFor()
})

test('images with their size and zoom, sound, video, PDF; what is none of what its name says is told', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/plant.png', await picture(2_000, 1_000))
  await put(lab, '/lab/broken.png', 'no image')
  await put(lab, '/lab/binary.txt', await picture())
  await put(lab, '/lab/song.wav', makeTone())
  await put(lab, '/lab/film.webm', 'x')
  await put(lab, '/lab/paper.pdf', PDF)
  await put(lab, '/lab/data.bin', new Uint8Array(12_400))
  await put(lab, '/lab/empty.md', '')
  const page = await visit('/lab/plant.png')
  await page.getByText(/2000 × 1000 pixels, shown at [4-6]\d %/).waitFor()
  await page.getByRole('button', { name: '100 %' }).click()
  await page.getByText('shown at 100 %').waitFor()
  await page.getByRole('button', { name: 'Larger' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('shown at 150 %').waitFor()
  await requireNoSidewaysScroll(page, 'a large image')
  await page.getByRole('button', { name: 'Fit' }).click()
  await requireAccessible(page, 'an image')
  await page.goto('/lab/broken.png')
  await page.getByRole('alert').getByText('no image that the browser can show').waitFor()
  await page.goto('/lab/binary.txt')
  await page.getByText('This is no text').waitFor()
  assert.equal(await page.getByRole('link', { name: 'Edit' }).count(), 0)
  await page.goto('/lab/binary.txt?view=edit')
  await page.getByText("is no text, so it can't be edited here").waitFor()
  await page.goto('/lab/data.bin')
  await page.getByText('BIN file · 12 kB').waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download 12 kB' }).click()])
  assert.equal((await readFile(await download.path())).length, 12_400)
  await page.goto('/lab/song.wav')
  await page.locator('audio[controls]').waitFor()
  assert.equal(
    await page.evaluate(
      "new Promise((resolve) => { const audio = document.querySelector('audio'); if (audio.readyState > 0) " +
        "resolve(audio.duration); audio.addEventListener('loadedmetadata', () => resolve(audio.duration)) })",
    ),
    2,
    'the policy lets it load',
  )
  assert.equal(await page.getByRole('alert').count(), 0)
  await requireAccessible(page, 'sound')
  await page.goto('/lab/film.webm')
  await page.getByRole('alert').getByText('can’t play what is in this file').waitFor()
  await page.getByRole('link', { name: 'Download' }).waitFor()
  await requireAccessible(page, 'a film that is none')
  await page.goto('/lab/paper.pdf')
  const alone = page.getByRole('link', { name: 'Open it by itself' })
  await alone.waitFor()
  assert.equal((await page.request.get((await alone.getAttribute('href')) ?? '')).headers()['content-type'], 'application/pdf')
  // With a viewer in the page, or where the browser has none, with words that say what to do.
  const hasViewer = await page.evaluate<boolean>('navigator.pdfViewerEnabled')
  await (hasViewer ? page.locator('iframe.pdf-frame') : page.getByText('This browser shows no PDF inside of pages')).waitFor()
  await page.addInitScript("Object.defineProperty(Navigator.prototype, 'pdfViewerEnabled', { get: () => false })")
  await page.reload()
  await page.getByText('This browser shows no PDF inside of pages').waitFor()
  await alone.waitFor()
  await requireAccessible(page, 'a PDF that is not shown')
  await page.goto('/lab/empty.md')
  await page.getByText('This file is empty').waitFor()
  await requireAccessible(page, 'an empty file')
})

test('large texts and tables: pages of rows, the beginning of the rest, and no editor for what would be slow in it', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/many.csv', `time,value\n${Array.from({ length: 10_000 }, (_, at) => `2026-01-01,${at}`).join('\n')}\n`)
  await put(lab, '/lab/large.txt', 'a line of text\n'.repeat(200_000))
  const page = await visit('/lab/many.csv', PHONE)
  await page.getByText('10,000 rows, 2 columns').waitFor()
  assert.equal(await page.locator('.is-data tbody tr').count(), 200)
  await page.getByRole('link', { name: 'Next' }).click()
  await page.getByRole('rowheader', { name: '201', exact: true }).waitFor()
  await requireNoSidewaysScroll(page, 'a table on a phone')
  await requireAccessible(page, 'a table on a phone')
  await page.goto('/lab/large.txt')
  await page.getByText('This file is large: only its beginning is shown').waitFor()
  assert.equal(await page.getByRole('link', { name: 'Edit' }).count(), 0)
  assert.equal((await page.goto('/lab/large.txt?view=edit'))?.status(), 413)
  await page.getByText('files of up to 2.0 MB are edited here').waitFor()
})

test('revisions: what changed, the earlier state, and back to it; not over what somebody saved meanwhile', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (const text of ['first\nline <b>\n', 'first\nline two\n', 'first\nline three\n']) await put(lab, '/lab/notes.txt', text)
  const page = await visit('/lab/notes.txt')
  await page.getByRole('link', { name: 'Revisions' }).click()
  assert.equal(await page.locator('tbody tr').count(), 3)
  await requireAccessible(page, 'revisions')
  await page.getByRole('link', { name: 'Changes' }).last().click()
  await page.getByText('1 line added, 1 removed').waitFor()
  await page.locator('.is-removed', { hasText: 'line <b>' }).waitFor()
  await page.locator('.is-added', { hasText: 'line two' }).waitFor()
  await requireAccessible(page, 'a comparison')
  await page.goBack()
  page.on('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Restore' }).last().click()
  await page.waitForURL('**/lab/notes.txt')
  assert.equal((await lab.get('/resources/lab/notes.txt')).text, 'first\nline <b>\n')
  await page.getByRole('link', { name: 'Revisions' }).click()
  await page.locator('tbody th a').nth(1).click()
  await page.getByText('This is the revision of').waitFor()
  await page.getByText('line three').waitFor()
  await page.goBack()
  await put(lab, '/lab/notes.txt', 'somebody else\n')
  await page.getByRole('button', { name: 'Restore' }).first().click()
  await page.getByText('Somebody was there first').waitFor()
  await page.getByText('was changed in the meantime').waitFor()
  assert.equal((await lab.get('/resources/lab/notes.txt')).text, 'somebody else\n')
  await page.goto('/lab/notes.txt?rev=999')
  await page.getByText('has no revision 999').waitFor()
  await page.goto('/lab/notes.txt?rev=x')
  await page.getByText('rev must be the number of a revision').waitFor()
})

test('rename, move, a new revision by upload, delete with undo', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/notes.txt', 'one\n')
  await lab.post('/resources', { path: '/lab', name: 'archive', type: 'basic_folder' })
  const page = await visit('/lab/notes.txt')
  const more = async (name: string): Promise<void> => {
    await page.getByLabel('More actions').click()
    await page.getByRole('button', { name, exact: true }).click()
  }
  await more('Rename')
  await page.getByRole('dialog').getByLabel('Name').fill('archive')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('there is a resource "/lab/archive" already').waitFor()
  await page.getByRole('dialog').getByLabel('Name').fill('plan 50%.txt')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'plan 50%.txt' }).waitFor()
  await more('Move')
  await page.getByLabel('Into the folder').fill('/lab/archive')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/lab/archive/plan%2050%25.txt')
  await page.locator('#revision-input').setInputFiles({ name: 'whatever.txt', mimeType: 'text/plain', buffer: Buffer.from('two\n') })
  await page.getByText('two').waitFor()
  assert.equal((await lab.get('/resources/lab/archive/plan 50%25.txt')).text, 'two\n')
  await put(lab, '/lab/archive/plan 50%.txt', 'three\n')
  await page.locator('#revision-input').setInputFiles({ name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('late\n') })
  await page.getByText('was changed in the meantime').waitFor()
  assert.equal((await lab.get('/resources/lab/archive/plan 50%25.txt')).text, 'three\n')
  await page.getByRole('button', { name: 'Reload the page' }).click()
  await page.getByText('three').waitFor()
  await more('Delete')
  await page.getByText('plan 50%.txt is deleted').waitFor()
  assert.equal(lab.ctx.tree.find('/lab/archive/plan 50%.txt'), undefined)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('three').waitFor()
})

test('who may only read is offered nothing that changes; who may not read gets nothing', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/open.md', 'Read me')
  await put(lab, '/lab/open.md', 'Read me now')
  await put(lab, '/lab/closed.md', 'secret')
  const { id } = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab/open.md', { permissions: [[130, id, 10]] })
  const page = await visit('/lab/open.md', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await page.getByText('Read me now').waitFor()
  assert.deepEqual((await page.locator('.page-header .actions').innerText()).trim(), 'Download')
  await page.goto('/lab/open.md?view=revisions')
  assert.equal(await page.getByRole('button', { name: 'Restore' }).count(), 0)
  for (const view of ['', '?view=raw', '?view=edit', '?view=revisions', '?view=compare&from=1'])
    assert.equal((await page.request.get(`/lab/closed.md${view}`)).status(), 403, view)
  assert.equal((await page.goto('/lab/open.md?view=edit'))?.status(), 403)
})
