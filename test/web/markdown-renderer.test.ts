/** Markdown beside the main thread, within limits. */
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import test, { type TestContext } from 'node:test'
import { MarkdownRenderer, type RendererOptions } from '../../daemon/web/markdown-renderer.ts'
import { MAX_MARKDOWN } from '../../daemon/web/shared/markdown.ts'
import { startLab } from '../support/lab.ts'

function startRenderer(t: TestContext, options?: RendererOptions): MarkdownRenderer {
  const renderer = new MarkdownRenderer(options)
  t.after(() => renderer.stop())
  return renderer
}

/** Texts for which rendering takes long, by what they are made of. */
const COSTLY: Readonly<Record<string, string>> = {
  brackets: '['.repeat(MAX_MARKDOWN),
  'nested brackets': '['.repeat(MAX_MARKDOWN / 2) + ']'.repeat(MAX_MARKDOWN / 2),
  links: '[a]('.repeat(MAX_MARKDOWN / 4),
  images: '!['.repeat(MAX_MARKDOWN / 2),
  emphasis: '*a **b _c '.repeat(MAX_MARKDOWN / 10),
  'nested quotes': '>'.repeat(MAX_MARKDOWN),
  'quotes with lists': '> - '.repeat(MAX_MARKDOWN / 4),
  'code spans': Array.from({ length: 300 }, (_, at) => '`'.repeat(at + 1)).join(' '),
  headings: '# a\n'.repeat(MAX_MARKDOWN / 4),
  'a table': `${'a|'.repeat(100)}\n${'-|'.repeat(100)}\n${'|\n'.repeat(20_000)}`,
  addresses: 'http://a.b/('.repeat(MAX_MARKDOWN / 12),
  entities: '&'.repeat(MAX_MARKDOWN),
}

test('whatever a text is made of, the main thread goes on while it is rendered, or it is found too costly', async (t) => {
  const renderer = startRenderer(t)
  for (const [kind, text] of Object.entries(COSTLY)) {
    let isDone = false
    const rendering = renderer.render({ text, folder: '/lab' }).finally(() => (isDone = true))
    await setImmediate()
    assert.ok(!isDone && renderer.isRunning, `${kind}: a thread works on it while the main one goes on`)
    const html = await rendering
    assert.ok(html === undefined || html.length > 0, kind)
  }
})

test('a text that takes longer than allowed is not rendered, is remembered as such, and holds up no text after it', async (t) => {
  const renderer = startRenderer(t, { timeMs: 1 })
  const text = `${COSTLY['images'] ?? ''}!`
  assert.equal(await renderer.render({ text, folder: '/lab' }), undefined)
  assert.equal(renderer.isRunning, false, 'its thread is ended')
  assert.equal(await renderer.render({ text, folder: '/lab' }), undefined)
  assert.equal(renderer.isRunning, false, 'it was not tried again')
  assert.equal(await renderer.render({ text: 'plain', folder: '/lab' }), '<p>plain</p>\n')
})

test('short plain texts need no thread; others get one, and the same text twice is rendered once', async (t) => {
  const renderer = startRenderer(t)
  assert.equal(
    await renderer.render({ text: '# Ferns\n\n- one\n- two', folder: '/' }),
    '<h2 id="text-ferns">Ferns</h2>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n',
  )
  assert.equal(renderer.isRunning, false)
  const link = { text: '[a](b.md)', folder: '/lab' }
  assert.equal(await renderer.render(link), '<p><a href="/lab/b.md">a</a></p>\n')
  assert.equal(renderer.isRunning, true)
  await renderer.stop()
  assert.equal(await renderer.render(link), '<p><a href="/lab/b.md">a</a></p>\n')
  assert.equal(renderer.isRunning, false, 'it was remembered')
  assert.equal(await renderer.render({ ...link, folder: '/other' }), '<p><a href="/other/b.md">a</a></p>\n', 'for its folder')
})

test('the page of a file shows its Markdown, and as it is written when it is too long', async (t) => {
  const lab = await startLab(t)
  const show = async (data: string): Promise<string> => {
    assert.equal((await lab.post('/resources/lab/note.md', { data: Buffer.from(data).toString('base64') })).status, 200)
    return (await fetch(`${lab.url}/lab/note.md`, { headers: { authorization: `Bearer ${lab.key}`, accept: 'text/html' } })).text()
  }
  assert.match(await show('**bold** <b>'), /<strong>bold<\/strong> &lt;b&gt;/)
  assert.match(await show(`**bold** ${'x'.repeat(MAX_MARKDOWN)}`), /<pre tabindex="0">\*\*bold\*\*/)
})
