/** Types of pages: their address, and what their handler makes of a request. pages.ts lists all pages. */
import type { IncomingMessage } from 'node:http'
import type { Child } from 'hono/jsx'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { Fault } from '../../src/base/fault.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { MarkdownRenderer } from './markdown-renderer.ts'
import type { Visitor } from './visitor.ts'

/** Fields of a query or a form; of several with the same name, the last one. */
export type Fields = Readonly<Record<string, string | undefined>>

export interface PageRequest {
  readonly ctx: Context
  readonly actor: Actor
  readonly visitor: Visitor
  /** Path and query as they were sent, for links back to this page. */
  readonly url: string
  readonly query: Fields
  /** Fields of a POST; empty otherwise. */
  readonly form: Fields
  /** Named parts of the page's path. */
  readonly params: Fields
  /** The visitor's network address, as reported by trusted proxies. */
  readonly address: string
  readonly incoming: IncomingMessage
  readonly markdown: MarkdownRenderer
  /** The token of the visitor's session. */
  readonly sessionToken: string | undefined
}

export interface Page {
  /** Shown in the browser's title bar, before the name of the server. */
  readonly title: string
  readonly content: Child
  /** A bundle of client/pages, without its extension. */
  readonly script?: string
  /** Addresses of more scripts and style sheets, of this server. */
  readonly files?: { readonly scripts: readonly string[]; readonly styles: readonly string[] }
  /** What the script gets from `readState()`. It is sent as JSON, so it must not contain secrets that the page does not show. */
  readonly state?: unknown
  /** The resource of the page, for the breadcrumbs. */
  readonly resource?: Resource | undefined
  /** Name of this page in the breadcrumbs, after the resource or alone. */
  readonly crumb?: string | undefined
  /** The page above it in the breadcrumbs, if that is not a resource. */
  readonly below?: { readonly text: string; readonly href: string }
  /** Wider than text needs, for charts and large tables. */
  readonly wide?: boolean
  /** HTTP status; by default 200. */
  readonly status?: number
  /** Without search and account menu: first run, signing in. */
  readonly bare?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export type PageReply = Page | Response

export interface PageRoute {
  readonly method: 'GET' | 'POST'
  /** As in Hono: `/-/settings`, `/-/invitations/:code`. All but `/` and `/search` are below `/-/`, where no resource can be. */
  readonly path: string
  /** True: also for visitors who are not signed in; otherwise they are asked to sign in. */
  readonly open?: boolean
  /** True: also for whoever opened a secret link, as such. */
  readonly forLinks?: true
  handle(request: PageRequest): Promise<PageReply>
}

export interface ResourcePage {
  readonly method: 'GET' | 'POST'
  /** Whether it is a page of that resource, for example by its type. */
  fits: (resource: Resource) => boolean
  /** Value of `?view=`; undefined for the default page. */
  readonly view?: string
  /** True: it shows data, and no more of people than a secret link may show. */
  readonly forLinks?: true
  /** Checks no permissions: the verbs that it calls do. */
  handle(request: PageRequest, resource: Resource): Promise<PageReply>
}

/** A form that was refused, to be shown again with what was typed. */
export interface Refusal {
  readonly fault: Fault
  readonly form: Fields
}

export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store', ...headers } })
}
