/** docs/protocol.md and docs/api.md tell the truth: what the code cites is there, and what the code has is named. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { createRoutes } from '../../daemon/http/routes.ts'
import { renamedSettings, settingsTable } from '../../src/settings/settings-table.ts'
import { clientMessageTypes } from '../../src/wire/client-messages.ts'
import { codeSpans, listFiles, readDocument } from '../support/documents.ts'

const protocol = readDocument('docs/protocol.md')
const api = readDocument('docs/api.md')
const sources = ['src', 'daemon', 'commands', 'bin', 'test'].flatMap((folder) => listFiles(folder, /\.tsx?$/))

/** Numbers of the sections that a text cites, as "protocol, section 4" or "protocol, sections 5 and 6". */
const citedSections = (text: string): string[] =>
  [...text.matchAll(/protocol, sections? (\d+(?:(?:, | and )\d+)*)/g)].flatMap(([, numbers = '']) => numbers.match(/\d+/g) ?? [])

test('each section that the sources cite is in the document', () => {
  const sections = [...protocol.matchAll(/^## (\d+)\. /gm)].map(([, number = '']) => number)
  assert.deepEqual(
    sections,
    sections.map((_, at) => String(at + 1)),
    'sections are numbered from 1',
  )
  const cited = sources.flatMap((file) => citedSections(readDocument(file)).map((section) => ({ file, section })))
  assert.ok(cited.length >= 40, `${cited.length} citations were found`)
  assert.deepEqual(
    cited.filter(({ section }) => !sections.includes(section)),
    [],
  )
})

test('no source cites what a reader has not got', () => {
  const pattern = /the issue[’']s|\bissue \d/
  assert.deepEqual(
    sources.filter((file) => pattern.test(readDocument(file))),
    [],
  )
})

test('each setting is in the sample file, and the names in section 8 are settings', () => {
  const known = [...Object.keys(settingsTable), ...Object.keys(renamedSettings)]
  const described: string[] = `${protocol}\n${readDocument('settings/config.sample.yaml')}`.match(/[A-Z][A-Z0-9_]+/g) ?? []
  assert.deepEqual(
    known.filter((name) => !described.includes(name)),
    [],
  )
  const section = /^## 8\. [^]*?(?=^## 9\. )/m.exec(protocol)?.[0] ?? ''
  const named = codeSpans(section).flatMap((span) => span.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? [])
  assert.ok(named.length >= 30, `${named.length} names were found`)
  const places = ['RHIZO_SERVER_SETTINGS', 'RHIZO_SERVER_NAME', 'RHIZO_SERVER_DISABLE_ENVIRONMENT', 'NAME']
  assert.deepEqual(
    named.filter((name) => !known.includes(name) && !places.includes(name)),
    [],
  )
})

test('each type of message that the server acts on is named', () => {
  const named = codeSpans(protocol).flatMap((span) => span.match(/\w+/g) ?? [])
  assert.ok(clientMessageTypes.includes('update_sequence'))
  assert.deepEqual(
    clientMessageTypes.filter((type) => !named.includes(type)),
    [],
  )
})

interface Call {
  method: string
  segments: string[]
}

const callOf = (method: string, path: string): Call => ({
  method,
  segments: path
    .replace(/^\/api\/v1(?=\/)/, '')
    .split('/')
    .slice(1),
})

/** Whether a call of the documents, where a word in capitals or `self` stands for any name, is one of a route. */
function isOf(call: Call, route: Call): boolean {
  if (call.method !== route.method || call.segments.length !== route.segments.length) return false
  return route.segments.every((segment, at) => {
    const named = call.segments[at] ?? ''
    return segment === '*' || segment.startsWith(':') ? /^[A-Z]+$|^self$/.test(named) : segment === named
  })
}

test('each route is named, and the calls that are named are routes', () => {
  const routes = createRoutes(undefined as never).map(({ method, path }) => ({ ...callOf(method, path), path }))
  const calls = codeSpans(`${protocol}\n${api}`).flatMap((span) =>
    [...span.matchAll(/\b(GET|POST|PUT|DELETE) (\/[\w/.-]*)/g)].map(([text, method = '', path = '']) => ({
      ...callOf(method, path),
      text,
    })),
  )
  assert.deepEqual(
    routes.filter((route) => !calls.some((call) => isOf(call, route))).map(({ method, path }) => `${method} ${path}`),
    [],
    'routes that no document names',
  )
  const upgrades = [callOf('GET', '/websocket')]
  assert.deepEqual(
    calls.filter((call) => ![...routes, ...upgrades].some((route) => isOf(call, route))).map(({ text }) => text),
    [],
    'calls that are no routes',
  )
})
