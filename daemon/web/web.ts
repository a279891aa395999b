/**
 * The web site: pages for people at `/`, beside the API. For each request it calls the page, and sends the result.
 */
import type { HttpBindings } from '@hono/node-server'
import type { Context as HonoContext, Hono } from 'hono'
import { anonymous, readsByLink } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import { Fault, forbidden, invalid, notFound } from '../../src/base/fault.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { pathOf } from '../../src/tree/tree.ts'
import { decodePath, splitUrl } from '../requests/body.ts'
import { toFault } from '../replies/fault-reply.ts'
import { answerRequest, type Desk } from '../requests/pipeline.ts'
import { Assets } from './assets.ts'
import { showFault } from './error-page.tsx'
import { readForm, readQuery, requireOwnForm } from './forms.ts'
import { escapePath, signInPage } from './links.ts'
import type { MarkdownRenderer } from './markdown-renderer.ts'
import { redirect, type Fields, type PageReply, type PageRequest, type PageRoute } from './page.ts'
import { askAgain, confirmFirst } from './pages/people/confirm.tsx'
import { pages, resourcePages } from './pages.ts'
import { PLAIN, showByExtension } from './pages/extensions/extension-viewer.ts'
import { movedTo } from './pages/old-addresses.ts'
import { SHARED } from './pages/shared.tsx'
import { sendPage } from './reply.tsx'
import { sharedHeaders } from './security.ts'
import { siteFiles } from './site-files.ts'
import { meetVisitor, anonymousVisitor } from './visitor.ts'

type Env = { Bindings: HttpBindings }

/** What pages share. */
interface Site {
  readonly assets: Assets
  readonly markdown: MarkdownRenderer
}

/** Adds the pages to the application that has the API; leaves paths below `/api/` to it. */
export function mountWeb(app: Hono<Env>, ctx: Context, desk: Desk, markdown: MarkdownRenderer): void {
  const site: Site = { assets: new Assets(), markdown }
  const { assets } = site
  app.get('/-/assets/:file', async (c) => {
    try {
      return await assets.reply(c.req.param('file'), c.env.incoming.headers['accept-encoding'])
    } catch (error) {
      return new Response(toFault(error, ctx.log, { where: 'assets' }).message, {
        status: 404,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      })
    }
  })
  for (const [path, file] of Object.entries(siteFiles)) app.get(path, (c) => file(ctx, assets, c.env.incoming))
  for (const route of pages) app.on(route.method, route.path, (c) => answer(ctx, site, desk, route, c))
  app.on(['GET', 'POST'], '*', async (c, next) =>
    c.req.path.startsWith('/api/') ? next() : answer(ctx, site, desk, resourceRoute(c.req.method), c),
  )
}

async function answer(ctx: Context, { assets, markdown }: Site, desk: Desk, route: PageRoute, c: HonoContext<Env>): Promise<Response> {
  const { incoming } = c.env
  const { path, query } = splitUrl(incoming)
  const url = query === '' ? path : `${path}?${query}`
  // For a page that says what went wrong, until the visitor is known.
  let visitor = anonymousVisitor(incoming)
  let form: Fields = {}
  return answerRequest<PageReply>(ctx, desk, c.env, {
    route,
    ignoresCredentials: false,
    servesLinks: route.forLinks === true,
    handle: async ({ ctx, address, share, roomFor, ...who }) => {
      visitor = await meetVisitor(ctx, incoming, who)
      if (route.method === 'POST') form = await readForm(ctx, incoming, share ?? roomFor(who.actor))
      if (route.method === 'POST') requireOwnForm(ctx, incoming, who.sessionToken, form)
      if (route.open !== true && visitor.user === undefined) return redirect(signInPage(route.method === 'GET' ? url : path))
      const request: PageRequest = {
        ctx,
        actor: who.actor,
        visitor,
        url,
        query: readQuery(query),
        form,
        params: c.req.param(),
        address,
        incoming,
        markdown,
        sessionToken: who.sessionToken,
      }
      return (await confirmFirst(request)) ?? route.handle(request)
    },
    refuse: (fault, who) => {
      if (fault.needs === 'proof' && route.method === 'POST') return askAgain({ ctx, visitor, incoming }, url, form)
      if (fault.needs === 'second_factor') return redirect('/-/second-factors?required=1')
      const isAsked = fault.code === 'forbidden' && who?.actor === anonymous && route.method === 'GET'
      return isAsked ? redirect(signInPage(url)) : showFault(fault, visitor, url)
    },
    send: async (reply, theirs) => {
      // A page is written in a millisecond or more, and many may be ready at once.
      if (!(reply instanceof Response)) await theirs.turns.pause()
      const response = reply instanceof Response ? reply : await sendPage(theirs, assets, visitor, url, reply, incoming)
      if (route.path === SHARED || visitor.reader !== undefined)
        for (const [name, value] of Object.entries(sharedHeaders)) response.headers.set(name, value)
      return response
    },
  })
}

/** The page of the resource at the path. */
const resourceRoute = (method: string): PageRoute => ({
  method: method === 'POST' ? 'POST' : 'GET',
  path: '/*',
  open: true,
  forLinks: true,
  handle: async (request: PageRequest) => {
    const { path } = splitUrl(request.incoming)
    const plain = decodePath(path)
    if (plain === '/-' || plain.startsWith('/-/')) throw notFound('There is no such page.')
    const isPost = request.incoming.method === 'POST'
    const moved = request.ctx.tree.find(plain) ? undefined : movedTo(plain)
    if (moved !== undefined && !isPost) return redirect(moved)
    const resource = requireResource(request.ctx, request.actor, plain)
    const own = pathOf(resource)
    // Each resource has one address, without a slash at its end.
    if (own !== plain && request.incoming.method === 'GET') return redirect(escapePath(own) + request.url.slice(path.length))
    const shown = isPost ? undefined : await showByExtension(request, resource)
    if (shown) return shown
    const asked = request.query['view'] ?? ''
    // rhizo-server counted the ways to show a thing; here its page has them all.
    const wanted = asked === PLAIN || /^\d{1,2}$/.test(asked) ? '' : asked
    const page = resourcePages.find(
      ({ method, view, fits }) => method === (isPost ? 'POST' : 'GET') && (view ?? '') === wanted && fits(resource),
    )
    if (page?.forLinks !== true && readsByLink(request.actor)) throw forbidden('A secret link shows data alone: sign in for more.')
    if (page) return page.handle(request, resource)
    if (isPost) throw invalid('This page takes no form.')
    throw new Fault('not_found', `${own} has no such page.`)
  },
})
