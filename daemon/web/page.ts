/** What a page is: where it lives, and what its handler makes of a request. Pages are listed in pages.ts. */
import type { IncomingMessage } from 'node:http'
import type { Child } from 'hono/jsx'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { Fault } from '../../src/base/fault.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Visitor } from './visitor.ts'

/** Fields of a query or a form: the last one of each name. */
export type Fields = Readonly<Record<string, string | undefined>>

export interface PageRequest {
  readonly ctx: Context
  readonly actor: Actor
  readonly visitor: Visitor
  /** Path and query as they were sent, for links back to here. */
  readonly url: string
  readonly query: Fields
  /** Of a POST; empty otherwise. */
  readonly form: Fields
  /** Named parts of the page's path. */
  readonly params: Fields
  /** Where the request comes from, with trusted proxies seen through. */
  readonly address: string
  readonly incoming: IncomingMessage
  /** The token of the visitor's session. */
  readonly sessionToken: string | undefined
}

export interface Page {
  /** In the browser's title bar, before the name of the server. */
  readonly title: string
  readonly content: Child
  /** A bundle of client/pages, without its ending. */
  readonly script?: string
  /** What the script gets from `readState()`; it goes out as JSON, so nothing secret that the page does not show. */
  readonly state?: unknown
  /** The resource that the page is about, for the breadcrumbs. */
  readonly resource?: Resource | undefined
  /** After the resource in the breadcrumbs, or alone: what this page is. */
  readonly crumb?: string | undefined
  /** The page above it in the breadcrumbs, where that is no resource. */
  readonly below?: { readonly text: string; readonly href: string }
  /** Wider than text needs: charts, large tables. */
  readonly wide?: boolean
  /** 200 unless given. */
  readonly status?: number
  /** No search, no account menu: first run, signing in. */
  readonly bare?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export type PageReply = Page | Response

export interface PageRoute {
  readonly method: 'GET' | 'POST'
  /** As in Hono: `/-/settings`, `/-/invitations/:code`. All but `/` and `/search` lie below `/-/`, where no resource can be. */
  readonly path: string
  /** Unless set, only users get here; others are asked to sign in. */
  readonly open?: boolean
  handle(request: PageRequest): Promise<PageReply>
}

export interface ResourcePage {
  readonly method: 'GET' | 'POST'
  /** Whether it is the page of that resource: by its type, say. */
  fits: (resource: Resource) => boolean
  /** What `?view=` says; undefined: the page one sees first. */
  readonly view?: string
  /** The verbs that it calls check what the actor may do. */
  handle(request: PageRequest, resource: Resource): Promise<PageReply>
}

/** A form that was refused: shown again with what was typed. */
export interface Refusal {
  readonly fault: Fault
  readonly form: Fields
}

export function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store', ...headers } })
}
