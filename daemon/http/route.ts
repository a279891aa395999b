/** Routes: a description, from which requests are checked and the OpenAPI document is generated, and a handler. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { Share } from '../requests/shared-memory.ts'
import type { JsonSchema, ParameterSet, ParameterSpec, Parsed } from './parameters.ts'

export interface ApiRequest<S extends ParameterSpec = ParameterSpec> {
  readonly ctx: Context
  readonly actor: Actor
  readonly parameters: Parsed<S>
  /** All parameters as received, for handlers that depend on whether one is present. */
  readonly given: ParameterSet
  /** Named parts of the route's path, decoded; `path` of `…/*` begins with a slash. */
  readonly path: Readonly<Record<string, string>>
  /** The caller's network address, as reported by trusted proxies. */
  readonly address: string
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** The session's token, if the caller authenticated with a cookie. */
  readonly sessionToken: string | undefined
  /** Of the memory for callers who have not said who they are; undefined for those who have. */
  readonly share: Share | undefined
  /** Memory for what a caller sends, until the answer. */
  readonly roomFor: (actor: Actor) => Share
}

/** A request whose form has come to a file. */
export interface UploadRequest extends Pick<ApiRequest, 'ctx' | 'actor' | 'path'> {
  /** The parameters that came before the file. */
  readonly given: ParameterSet
}

export interface Route<S extends ParameterSpec = ParameterSpec> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** As in Hono: `/api/v1/users/:id`; `/*` at the end stands for the path of a resource. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly parameters: S
  /**
   * `parameters` (the default): a form, multipart without files, or a JSON object. `raw`: JSON and any other type are left in `incoming`
   * for the handler. `file`: JSON is parameters, other types are left. `unread`: every type is left, forms too.
   */
  readonly body?: 'parameters' | 'raw' | 'file' | 'unread'
  /** Takes the file of a form, or refuses it before it is taken in; a route without this takes none. @throws Fault */
  readonly beforeFile?: (upload: UploadRequest) => void
  /** Schema of a 200, for the OpenAPI document. */
  readonly reply?: JsonSchema
  /** True: credentials are ignored and no CSRF token is required (signing in, PINs). */
  readonly open?: boolean
  /** True: it reads data, and no more of people than a secret link may show. */
  readonly forLinks?: true
  /** A plain value is sent as JSON; a Response is sent unchanged. */
  handle(request: ApiRequest<S>): Promise<unknown>
}

/** Checks that the parameters of a route fit its handler; a list of routes loses their types. */
export const route = <S extends ParameterSpec>(definition: Route<S>): Route => definition

/** Parses an id in a path or a parameter; undefined when it is not one. */
export const idOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** A list in the form of the old API: an object by id. */
export const byId = <T extends { id: number }>(list: readonly T[]): Record<string, T> =>
  Object.fromEntries(list.map((item) => [item.id, item]))
