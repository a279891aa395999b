/** Markdown of people as HTML that can do no harm. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { MAX_MARKDOWN, renderMarkdown } from '../../daemon/web/shared/markdown.ts'

const render = (text: string, folder = '/lab/my notes'): string => renderMarkdown(text, { folder }).trim()

test('what Markdown is for: headings below the page’s own, lists, tables, code, links between files', () => {
  assert.equal(render('# Big\n\n###### small'), '<h2 id="text-big">Big</h2>\n<h6 id="text-small">small</h6>')
  assert.equal(render('# A\n# A'), '<h2 id="text-a">A</h2>\n<h2 id="text-a-1">A</h2>')
  assert.equal(
    render('[down](#Über-uns) \n\n## Über uns'),
    '<p><a href="#text-über-uns">down</a></p>\n<h3 id="text-über-uns">Über uns</h3>',
  )
  assert.equal(
    render('[a](plan.md), [b](../fridge), [c](/lab/x?view=edit#top)'),
    '<p><a href="/lab/my%20notes/plan.md">a</a>, <a href="/lab/fridge">b</a>, <a href="/lab/x?view=edit#top">c</a></p>',
  )
  assert.equal(
    render('![A plant](plant%201.jpg)'),
    '<p><img src="/lab/my%20notes/plant%201.jpg?view=raw" alt="A plant" loading="lazy"></p>',
  )
  assert.equal(
    render('https://example.com/x'),
    '<p><a href="https://example.com/x" rel="noopener noreferrer nofollow">https://example.com/x</a></p>',
  )
  assert.match(render('|a|b|\n|-|-:|\n|1|2|'), /<div class="prose-table" tabindex="0".*<td class="is-end">2<\/td>/s)
  assert.match(render('```js\n<b>\n```'), /^<pre tabindex="0"><code class="language-js">&lt;b&gt;/)
  assert.equal(render('*a* ~~b~~', '/'), '<p><em>a</em> <s>b</s></p>')
})

test('no HTML, no script, no other scheme, no picture of another host, no style', () => {
  const harmless: [text: string, html: string][] = [
    ['<script>alert(1)</script>', '<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>'],
    ['a <img src=x onerror=alert(1)> b', '<p>a &lt;img src=x onerror=alert(1)&gt; b</p>'],
    ['[x](javascript:alert(1))', '<p>x</p>'],
    ['[x](JaVaScRiPt:alert(1))', '<p>x</p>'],
    ['[x](&#x6A;avascript:alert(1))', '<p>x</p>'],
    // A tab in it makes it a file's name, which browsers take for nothing else.
    ['[x](java&Tab;script:alert(1))', '<p><a href="/lab/my%20notes/java%09script:alert(1)">x</a></p>'],
    ['[x](<java\tscript:alert(1)>)', '<p><a href="/lab/my%20notes/java%09script:alert(1)">x</a></p>'],
    ['[x](vbscript:x) [y](data:text/html,<script>1</script>) [z](file:///etc/passwd) [w](blob:x)', '<p>x y z w</p>'],
    ['<javascript:alert(1)>', '<p>javascript:alert(1)</p>'],
    ['[x]\n\n[x]: javascript:alert(1)', '<p>x</p>'],
    ['![pixel](https://tracker.example/p.png)', '<p>[image: pixel]</p>'],
    ['![](//tracker.example/p.png)', '<p>[image]</p>'],
    ['![](data:image/svg+xml;base64,PHN2Zz4=)', '<p>[image]</p>'],
    ['![](/-/sign-out) ![](/api/v1/users) ![](/search?q=x)', '<p>[image] [image] [image]</p>'],
    ['[x](/\\evil.example)', '<p><a href="/%5Cevil.example">x</a></p>'],
    ['[x](//evil.example)', '<p><a href="http://evil.example/" rel="noopener noreferrer nofollow">x</a></p>'],
    ['[x](/a/..//evil.example)', '<p><a href="/evil.example">x</a></p>'],
    [
      '[x](https://ok.example "t\\"onmouseover=alert(1)")',
      '<p><a href="https://ok.example/" title="t&quot;onmouseover=alert(1)" rel="noopener noreferrer nofollow">x</a></p>',
    ],
    ['[![a](javascript:x)](javascript:y)', '<p>[image: a]</p>'],
    ['# content\n# toasts', '<h2 id="text-content">content</h2>\n<h2 id="text-toasts">toasts</h2>'],
  ]
  for (const [text, html] of harmless) assert.equal(render(text), html, text)
  assert.doesNotMatch(render('|a|\n|:-:|\n|1|'), /style=/)
})

test('what would take long is shown as it is', () => {
  assert.match(render(`# a${'<'.repeat(MAX_MARKDOWN)}`), /^<pre tabindex="0"># a&lt;&lt;/)
  for (const nasty of [
    '['.repeat(50_000),
    '*a_'.repeat(30_000),
    '>'.repeat(50_000),
    '`'.repeat(99_999),
    '![](a '.repeat(20_000),
    '|a'.repeat(2_000) + '\n' + '|-'.repeat(2_000),
  ])
    assert.ok(render(nasty).length > 0)
})

test('thousands of headings of one name each get an id of their own, without trying all before', () => {
  const html = render('# a\n'.repeat(10_000))
  const ids = [...html.matchAll(/ id="text-([^"]*)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, 10_000)
  assert.deepEqual([ids[0], ids[1], ids[9_999]], ['a', 'a-1', 'a-9999'])
  // A heading may have the name that another one got.
  assert.deepEqual(
    [...render('# a-1\n# a\n# a\n# a').matchAll(/ id="text-([^"]*)"/g)].map(([, id]) => id),
    ['a-1', 'a', 'a-2', 'a-3'],
  )
})

test('an address needs its scheme to become a link', () => {
  assert.equal(render('//a.b/'.repeat(3)), '<p>//a.b///a.b///a.b/</p>')
  assert.match(render('see https://a.b/c'), /<a href="https:\/\/a.b\/c"/)
})
