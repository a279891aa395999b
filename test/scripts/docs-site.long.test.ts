/** The pages of the documentation are whole: each setting, command, message type and route has its place, and each link leads somewhere. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { before, after } from 'node:test'
import { promisify } from 'node:util'
import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { buildProgram } from '../../commands/main.ts'
import { createRoutes } from '../../daemon/http/routes.ts'
import { settingsTable } from '../../src/settings/settings-table.ts'
import { clientMessageTypes } from '../../src/wire/client-messages.ts'
import { root } from '../support/sources.ts'

let site = ''
before(async () => {
  site = await mkdtemp(join(tmpdir(), 'rhizo-docs-'))
  await promisify(execFile)(process.execPath, [join('scripts', 'docs-site.js'), site], { cwd: root })
})
after(() => rm(site, { recursive: true, force: true }))

const page = (name: string): string => readFileSync(join(site, `${name}.html`), 'utf8')
const idsOf = (html: string): Set<string> => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id))

/** All commands and groups of commands, by their words. */
const wordsOf = (command: CommandUnknownOpts, words: readonly string[] = []): string[] =>
  command.commands.flatMap((sub) => [[...words, sub.name()].join('-'), ...wordsOf(sub, [...words, sub.name()])])

test('each setting, command, route and message type has its place', async () => {
  const settings = idsOf(page('settings'))
  assert.deepEqual(
    Object.keys(settingsTable).filter((name) => !settings.has(name)),
    [],
  )
  const commands = idsOf(page('commands'))
  const words = wordsOf(await buildProgram(() => true))
  assert.ok(words.includes('seq-import'))
  assert.deepEqual(
    words.filter((name) => !commands.has(`command-${name}`)),
    [],
  )
  assert.match(page('commands'), /Examples:\n[^]*rhizo seq import/, 'with the examples that follow the options')
  const routes = idsOf(page('routes'))
  const { paths } = JSON.parse(readFileSync(join(site, 'openapi.json'), 'utf8')) as { paths: Record<string, object> }
  const all = createRoutes(undefined as never)
  assert.deepEqual(
    all.filter(({ method, path }) => !routes.has(`${method}${path}`)).map(({ method, path }) => `${method} ${path}`),
    [],
  )
  assert.equal(
    Object.values(paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0),
    all.length,
  )
  assert.deepEqual(
    clientMessageTypes.filter((type) => !page('protocol').includes(type)),
    [],
  )
  for (const name of ['blocks', 'journal', 'installing', 'moving']) assert.match(page(name), /<article><h1>/, name)
})

test('each link of the site leads to a page, a file or a heading that is there, and nothing comes from elsewhere', () => {
  const names = readdirSync(site).filter((name) => name.endsWith('.html'))
  assert.ok(names.length >= 30, `${names.length} pages`)
  const ids = new Map(names.map((name) => [name, idsOf(readFileSync(join(site, name), 'utf8'))]))
  const links = names.flatMap((name) =>
    [...readFileSync(join(site, name), 'utf8').matchAll(/ (href|src)="([^"]*)"/g)].map(([, kind = '', to = '']) => ({ name, kind, to })),
  )
  const wrong = links.filter(({ name, kind, to }) => {
    if (/^(?:https?|mailto):/.test(to)) return kind === 'src'
    const [file = '', id] = to.split('#', 2)
    const place = file === '' ? name : file
    return !existsSync(join(site, place)) || (id !== undefined && ids.get(place)?.has(decodeURIComponent(id)) !== true)
  })
  assert.ok(links.length > 1_000, `${links.length} links`)
  assert.deepEqual(wrong, [])
})
