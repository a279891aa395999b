/**
 * The only error type of the domain. A verb throws a Fault for everything that a caller can cause or fix; any other error is a defect,
 * which each edge logs with an id and shows as "Internal error (id)".
 */

/** What went wrong, from the caller's side. Each edge maps these once: HTTP to a status, the CLI to an exit code. */
export type FaultCode =
  | 'invalid' // the input is malformed or out of range
  | 'unauthenticated' // credentials are wrong, or missing where they are required
  | 'forbidden' // known or anonymous, but not allowed
  | 'not_found'
  | 'conflict' // the name is taken, or another caller changed it first
  | 'too_large'
  | 'throttled' // too often; try again later
  | 'busy' // the server can't take it now; nothing was changed
  | 'internal'

/** What the caller may choose between where something was left open. */
export interface FaultChoice {
  readonly parameter: string
  readonly values: readonly string[]
}

export type FaultNeed = 'proof' | 'code' | 'second_factor'

/** The message is a sentence for the caller: it names the field or thing, what is wrong with it, and what is allowed. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  /** Seconds after which trying again makes sense, for `throttled` and `busy`. */
  readonly retryAfter: number | undefined
  /** What the caller has to give first: proof of who they are, a code of their second factor, or a second factor to be set up. */
  readonly needs: FaultNeed | undefined
  readonly choice: FaultChoice | undefined

  constructor(
    code: FaultCode,
    message: string,
    options?: { retryAfter?: number; cause?: unknown; needs?: FaultNeed; choice?: FaultChoice },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfter = options?.retryAfter
    this.needs = options?.needs
    this.choice = options?.choice
  }
}

export const invalid = (message: string): Fault => new Fault('invalid', message)
export const forbidden = (message: string): Fault => new Fault('forbidden', message)
export const notFound = (message: string): Fault => new Fault('not_found', message)
export const conflict = (message: string): Fault => new Fault('conflict', message)

/** HTTP status of each code; the client library reads the same table backwards. */
export const httpStatusOf: Record<FaultCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  throttled: 429,
  busy: 503,
  internal: 500,
}

/** The code for an HTTP status; a status without a code of its own gets the nearest one. */
export function faultCodeOf(status: number): FaultCode {
  for (const [code, value] of Object.entries(httpStatusOf)) if (value === status) return code as FaultCode
  if (status === 408 || status === 502 || status === 504) return 'busy'
  return status >= 500 ? 'internal' : 'invalid'
}
