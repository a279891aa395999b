/** What a route is: its description, from which requests are checked and the OpenAPI document is written, and its handler. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { JsonSchema, ParameterSet, ParameterSpec, Parsed } from './parameters.ts'

export interface ApiRequest<S extends ParameterSpec = ParameterSpec> {
  readonly ctx: Context
  readonly actor: Actor
  readonly parameters: Parsed<S>
  /** Everything that came in, for what depends on whether a parameter is there. */
  readonly given: ParameterSet
  /** Named parts of the route's path, decoded; `path` of `…/*` begins with a slash. */
  readonly path: Readonly<Record<string, string>>
  /** Where the request comes from, with trusted proxies seen through. */
  readonly address: string
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** The session's token, when the actor came by cookie. */
  readonly sessionToken: string | undefined
}

export interface Route<S extends ParameterSpec = ParameterSpec> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As in Hono: `/api/v1/users/:id`; at the end `/*` stands for the path of a resource. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly parameters: S
  /**
   * `parameters` (the default): a form, multipart without files, or a JSON object. `raw`: JSON and what is none of these is left in
   * `incoming` for the handler. `file`: JSON is parameters, other types are left.
   */
  readonly body?: 'parameters' | 'raw' | 'file'
  /** What a 200 holds, for the OpenAPI document. */
  readonly reply?: JsonSchema
  /** No credentials are looked at and no CSRF token is asked for: signing in, PINs. */
  readonly open?: boolean
  /** A plain value becomes JSON; a Response goes out as it is. */
  handle(request: ApiRequest<S>): Promise<unknown>
}

/** Keeps the parameter types of one route together; a list of routes forgets them. */
export const route = <S extends ParameterSpec>(definition: Route<S>): Route => definition

/** The id that a part of a path or a parameter names, or undefined when it is none. */
export const idOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** A list as the old API gives it: an object by id. */
export const byId = <T extends { id: number }>(list: readonly T[]): Record<string, T> =>
  Object.fromEntries(list.map((item) => [item.id, item]))
