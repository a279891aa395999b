// What the site is made of: a page for each document, and those that are made of the program: commands, settings, the API.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { root } from '../sources.js'

const built = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href)
const { renderMarkdown, MAX_MARKDOWN } = await built('daemon/web/shared/markdown.js')

/** Documents in the order in which a reader wants them. One of docs/ that has no place here stands at the end of the last but one. */
const CHAPTERS = {
  'Begin here': ['README.md', 'docs/installing.md', 'docs/moving.md'],
  'In the lab': [
    'docs/accounts.md',
    'docs/devices.md',
    'docs/mqtt.md',
    'docs/alarms.md',
    'docs/dashboards.md',
    'docs/importing.md',
    'docs/grafana.md',
    'docs/extensions.md',
    'examples/README.md',
  ],
  'Running a server': [
    'docs/backups.md',
    'docs/standby.md',
    'docs/external-broker.md',
    'docs/postgresql.md',
    'docs/cluster.md',
    'docs/scaling.md',
    'docs/security.md',
    'docs/reliability.md',
  ],
  Reference: ['docs/cli.md', 'docs/api.md', 'docs/protocol.md', 'docs/json.md', 'docs/journal.md', 'docs/blocks.md'],
  'The program itself': ['docs/design.md', 'docs/developing.md', 'SECURITY.md', 'CHANGELOG.md'],
}
for (const name of readdirSync(join(root, 'docs')))
  if (name.endsWith('.md') && !Object.values(CHAPTERS).flat().includes(`docs/${name}`)) CHAPTERS.Reference.push(`docs/${name}`)
const documents = Object.values(CHAPTERS).flat()

/**
 * @returns pages in the order of the menu (`name` without `.html`, `chapter`, `title`, `html`), the API's description, and which files of
 * the project are copied to where
 * @throws when a link leads to what is not there
 */
export async function makePages() {
  const files = new Map()
  const pages = Object.entries(CHAPTERS).flatMap(([chapter, paths]) => paths.map((path) => documentPage(chapter, path, files)))
  const { page, openapi } = await apiPage()
  const made = [await commandsPage(), await settingsPage(), page]
  const at = pages.findIndex(({ name }) => name === nameOf('docs/cli.md')) + 1
  const all = pages.toSpliced(at, 0, ...made)
  const twice = all.filter(({ name }, at) => all.findIndex((one) => one.name === name) !== at)
  if (twice.length > 0) throw new Error(`Two pages would be named ${twice.map(({ name }) => name).join(', ')}.`)
  return { pages: all, openapi, files }
}

function nameOf(document) {
  if (document === 'README.md') return 'index'
  // Beside docs/security.md.
  if (document === 'SECURITY.md') return 'reporting'
  return document
    .replace(/^docs\//, '')
    .replace(/\/README\.md$/, '')
    .replace(/\.md$/, '')
    .toLowerCase()
}

function documentPage(chapter, path, files) {
  const text = readFileSync(join(root, path), 'utf8')
  if (text.length > MAX_MARKDOWN) throw new Error(`${path} has more than ${MAX_MARKDOWN} characters: it would be shown unrendered.`)
  const [, title = path, rest = text] = /^# (.+)\n([^]*)/.exec(text) ?? []
  const html = renderMarkdown(rest, { folder: `/${posix.dirname(path)}` })
  return { name: nameOf(path), chapter, title: title.replaceAll('`', ''), html: html.replaceAll(/(href|src)="(\/[^"]*)"/g, place) }

  /** Addresses of the project's files become those of the site's pages, and of files that it brings along. */
  function place(_, attribute, address) {
    const [before = '', anchor] = address.replaceAll('&amp;', '&').split('#', 2)
    const file = posix.normalize(decodeURI(before.split('?', 1)[0] ?? '')).replace(/^\/|\/$/g, '')
    const document = [file, `${file}/README.md`, `${posix.dirname(file)}/README.md`].find((one) => documents.includes(one))
    if (documents.includes(file) || (document !== undefined && isFolder(file)))
      return `${attribute}="${nameOf(document)}.html${anchor === undefined ? '' : `#text-${idOf(document, anchor)}`}"`
    if (!existsSync(join(root, file))) throw new Error(`${path} leads to ${file}, which is not there.`)
    // What is no document can be read as text; a folder stays where its reader has the source.
    if (isFolder(file)) return 'class="in-source"'
    const to = /\.webp$/.test(file) ? file.replace(/^docs\//, '') : `files/${file.replaceAll('/', '-')}.txt`
    files.set(file, to)
    return `${attribute}="${to}"`
  }
}

/** Documents name headings as web sites that show Markdown do; the renderer has ids of its own. */
function idOf(document, anchor) {
  const headings = [...readFileSync(join(root, document), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading.toLowerCase())
  const named = headings.find((heading) => heading.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-') === anchor)
  return (named ?? anchor).replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '')
}

const isFolder = (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true

export const escapeHtml = (text) =>
  text.replaceAll(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character])

/** The help of each command, as the command line prints it. */
async function commandsPage() {
  const { buildProgram } = await built('commands/main.js')
  const program = await buildProgram(() => true)
  const parts = []
  const add = (command, words) => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 100, getOutHasColors: () => false })
    command.outputHelp()
    const level = Math.min(words.length + 1, 3)
    const id = ['command', ...words].join('-')
    const name = ['rhizo', ...words].join(' ')
    parts.push(`<h${level} id="${id}"><code>${name}</code></h${level}>\n<pre tabindex="0"><code>${escapeHtml(help.trimEnd())}</code></pre>`)
    for (const sub of command.commands) if (sub.name() !== 'help') add(sub, [...words, sub.name()])
  }
  for (const command of program.commands) if (command.name() !== 'help') add(command, [command.name()])
  const intro =
    '<p>What <code>rhizo COMMAND --help</code> prints, for each command. <a href="cli.html">The command line</a> explains them.</p>'
  return { name: 'commands', chapter: 'Reference', title: 'Help of every command', html: intro + parts.join('\n') }
}

async function settingsPage() {
  const { settingsTable, renamedSettings } = await built('src/settings/settings-table.js')
  const oldsOf = (name) => Object.keys(renamedSettings).filter((old) => renamedSettings[old] === name)
  const parts = []
  let group
  for (const [name, setting] of Object.entries(settingsTable)) {
    if (setting.group !== group) parts.push(`<h2 id="${slug(setting.group)}">${escapeHtml(setting.group)}</h2>`)
    group = setting.group
    const facts = [kindOf(setting), defaultOf(setting), oldsOf(name).length > 0 && `of old <code>${oldsOf(name).join(', ')}</code>`]
    parts.push(`<h3 id="${name}"><code>${name}</code></h3>\n<p class="facts">${facts.filter(Boolean).join(' · ')}</p>`)
    parts.push(`<p>${escapeHtml(setting.meaning)}</p>`)
    if (setting.example !== undefined) parts.push(`<p>Such as <code>${escapeHtml(`${name}: ${setting.example}`)}</code></p>`)
  }
  const intro =
    '<p>They stand in the settings file as <code>NAME: value</code>; the environment variable <code>RHIZO_SERVER_NAME</code> takes ' +
    'precedence. <code>rhizo init-db</code> writes a file with all of them, and the server starts again to read them.</p>'
  return { name: 'settings', chapter: 'Reference', title: 'Settings', html: intro + parts.join('\n') }
}

const slug = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')

function kindOf({ kind, choices, minimum, maximum, unit }) {
  if (kind === 'choice') return escapeHtml(choices.join(', '))
  if (kind === 'number') return `${minimum} to ${maximum}${unit === undefined ? '' : ` ${escapeHtml(unit)}`}`
  return (
    { flag: 'true or false', map: 'values by names', networks: 'a list of addresses and networks', ignored: 'without effect' }[kind] ?? kind
  )
}

function defaultOf({ kind, default: value, generated }) {
  if (kind === 'ignored') return undefined
  if (generated !== undefined) return 'made by <code>rhizo init-db</code>'
  return value === undefined
    ? 'no default'
    : `default <code>${escapeHtml(typeof value === 'string' ? value || "''" : JSON.stringify(value))}</code>`
}

async function apiPage() {
  const { createRoutes } = await built('daemon/http/routes.js')
  const { describeApi } = await built('daemon/http/openapi.js')
  const { renderRoutes } = await built('daemon/http/api-page.js')
  const routes = createRoutes(undefined)
  const html =
    '<p>Made of the same table that checks requests. Machines read <a href="openapi.json">openapi.json</a> (OpenAPI 3.1); ' +
    'a server shows its own at <code>/api/v1/docs</code>. <a href="api.html">The API</a> explains it.</p>'
  const page = { name: 'routes', chapter: 'Reference', title: 'Every route of the API', html: html + String(await renderRoutes(routes)) }
  return { page, openapi: describeApi(routes, 'rhizo') }
}
