/** What documents point to is there: links lead to files and to headings in them, and folders and files that they name exist. */
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import test from 'node:test'
import { MAX_MARKDOWN } from '../daemon/web/shared/markdown.ts'
import { codeSpans, isThere, listDocuments, readDocument } from './support/documents.ts'

/** Anchors of a document's headings, as web sites that show Markdown make them. */
const anchorsOf = (markdown: string): string[] =>
  [...markdown.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** What is wrong with a link; undefined when it leads somewhere. */
function problemOf(document: string, target: string): string | undefined {
  const [path = '', anchor] = target.split('#', 2)
  const place = path === '' ? document : posix.join(posix.dirname(document), path)
  if (!isThere(place)) return `${document}: ${target} is not there`
  if (anchor !== undefined && !anchorsOf(readDocument(place)).includes(anchor)) return `${document}: ${target} has no such heading`
  return undefined
}

test('links between documents lead to files and headings that are there', () => {
  assert.match(problemOf('docs/api.md', 'protocols.md') ?? '', /not there/)
  assert.match(problemOf('docs/api.md', 'protocol.md#40-resources') ?? '', /no such heading/)
  const links = listDocuments().flatMap((document) =>
    [...readDocument(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ document, target })),
  )
  const own = links.filter(({ target }) => !/^[a-z]+:/.test(target))
  assert.ok(own.length > 20, `${own.length} links were found`)
  assert.deepEqual(
    own.flatMap(({ document, target }) => problemOf(document, target) ?? []),
    [],
  )
})

test('no document is longer than what pages show as Markdown', () => {
  assert.deepEqual(
    listDocuments().filter((document) => readDocument(document).length > MAX_MARKDOWN),
    [],
  )
})

test('folders and files that documents name are there', () => {
  const rooted = /^(?:src|daemon|commands|test|docs|scripts|bench|bin|examples)\/[\w./-]*$/
  const named = listDocuments().flatMap((document) =>
    codeSpans(readDocument(document))
      .filter((span) => rooted.test(span))
      .map((path) => ({ document, path })),
  )
  assert.ok(named.length > 10, `${named.length} paths were found`)
  assert.deepEqual(
    named.filter(({ path }) => !isThere(path)),
    [],
  )
})
