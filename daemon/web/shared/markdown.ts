/**
 * Renders people's Markdown as harmless HTML: HTML in it becomes text, links lead only to the schemes below, images come only from files of
 * this server, and nothing contains a script, a style or an id of the page. The server and the editor's preview both use it.
 */
import MarkdownIt from 'markdown-it'
import { escapePath } from './paths.ts'

export interface MarkdownOptions {
  /** Path of the folder that contains the text, the base of its relative links and images. */
  readonly folder: string
}

/** Characters; longer texts are shown unrendered, because rendering takes the server's time. */
export const MAX_MARKDOWN = 50_000

const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:'])
/** Stands for this server while addresses are resolved; no real host has such a name. */
const HERE = 'http://here.invalid'

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false })
type Token = ReturnType<typeof markdown.parse>[number]
markdown.linkify.set({ fuzzyLink: false, fuzzyIP: false })
// An address without its scheme is looked for at each pair of slashes up to the end of the text.
markdown.linkify.add('//', null)
// `harmless` decides, and replaces a link that leads nowhere by its text.
markdown.validateLink = () => true
markdown.core.ruler.push('harmless', (state) => {
  // `renderMarkdown` passes it; the library's types allow anything there.
  const { folder } = state.env
  if (typeof folder !== 'string') throw new TypeError('Markdown is rendered by renderMarkdown, which names the folder.')
  const used = new Map<string, number>()
  state.tokens = state.tokens.flatMap((token, at) => {
    if (token.type === 'heading_open') nameHeading(token, state.tokens[at + 1]?.content ?? '', used)
    if (token.type === 'heading_open' || token.type === 'heading_close') token.tag = `h${Math.min(6, Number(token.tag.slice(1)) + 1)}`
    if (token.type === 'th_open' || token.type === 'td_open') alignByClass(token)
    if (token.children) token.children = makeHarmless(token.children, folder)
    return token
  })
})
// Elements that scroll sideways must be reachable with the keyboard.
markdown.renderer.rules['table_open'] = () => '<div class="prose-table" tabindex="0" role="group" aria-label="Table"><table>\n'
markdown.renderer.rules['table_close'] = () => '</table></div>\n'
for (const rule of ['fence', 'code_block'] as const) {
  const render = markdown.renderer.rules[rule]
  markdown.renderer.rules[rule] = (tokens, at, options, env, self) =>
    (render?.(tokens, at, options, env, self) ?? '').replace(/^<pre/, '<pre tabindex="0"')
}

/** Headings begin at the second level, since the page has the first. */
export function renderMarkdown(text: string, options: MarkdownOptions): string {
  if (text.length > MAX_MARKDOWN) return `<pre tabindex="0">${markdown.utils.escapeHtml(text)}</pre>`
  return markdown.render(text.replace(/^\ufeff/, ''), { ...options })
}

function makeHarmless(tokens: readonly Token[], folder: string): Token[] {
  const made: Token[] = []
  /** For each open link, whether it leads anywhere. */
  const links: boolean[] = []
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const href = linkTarget(attribute(token, 'href'), folder)
      links.push(href !== undefined)
      if (href === undefined) continue
      token.attrSet('href', href)
      if (!href.startsWith('/') && !href.startsWith('#')) token.attrSet('rel', 'noopener noreferrer nofollow')
    }
    if (token.type === 'link_close' && links.pop() === false) continue
    if (token.type === 'image') {
      const src = imageSource(attribute(token, 'src'), folder)
      if (src === undefined) {
        // An image on another host would tell that host who reads this, so its description replaces it.
        token.type = 'text'
        token.content = token.content === '' ? '[image]' : `[image: ${token.content}]`
      } else {
        token.attrSet('src', src)
        token.attrSet('loading', 'lazy')
      }
    }
    made.push(token)
  }
  return made
}

const attribute = (token: Token, name: string): string => String(token.attrGet(name) ?? '')

function resolve(address: string, folder: string): URL | undefined {
  try {
    return new URL(address, `${HERE}${escapePath(folder === '/' ? '' : folder)}/`)
  } catch {
    return undefined
  }
}

/** undefined: a link may not lead there. */
function linkTarget(address: string, folder: string): string | undefined {
  if (address.startsWith('#')) return `#${HEADING}${slugOf(safeDecode(address.slice(1)))}`
  const url = resolve(address, folder)
  if (!url || !SCHEMES.has(url.protocol)) return undefined
  return url.origin === HERE ? localAddress(url) : url.href
}

/** Two slashes at the beginning would lead to another host. */
const localAddress = ({ pathname, search, hash }: URL): string => `${pathname.replace(/^\/{2,}/, '/')}${search}${hash}`

/** The content of a file of this server. */
function imageSource(address: string, folder: string): string | undefined {
  const url = resolve(address, folder)
  if (url?.origin !== HERE || url.protocol !== 'http:') return undefined
  const { pathname } = url
  if (/^\/+(?:-|api|search)(?:\/|$)/.test(pathname)) return undefined
  return `${localAddress(url).split(/[?#]/, 1)[0] ?? ''}?view=raw`
}

/** Prefix of the ids of headings, so that no text can take the id of a part of the page. */
const HEADING = 'text-'

/** @param used for each id that is taken, the number that the next heading of the same name gets: counted on, not tried from one */
function nameHeading(token: Token, content: string, used: Map<string, number>): void {
  const slug = slugOf(content) || 'part'
  let id = slug
  let number = used.get(slug) ?? 0
  if (number > 0)
    do id = `${slug}-${number++}`
    while (used.has(id))
  used.set(slug, Math.max(1, number))
  if (id !== slug) used.set(id, 1)
  token.attrSet('id', `${HEADING}${id}`)
}

const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The security policy allows no style attributes. */
function alignByClass(token: Token): void {
  const style = attribute(token, 'style')
  token.attrs = null
  if (style.includes('right')) token.attrSet('class', 'is-end')
  if (style.includes('center')) token.attrSet('class', 'is-centre')
}
