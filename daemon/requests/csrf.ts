/** Requires a CSRF token: a request that a session's cookie authenticates must come from our own pages, which know the session's token. */
import type { Context } from '../../src/context.ts'
import { forbidden } from '../../src/base/fault.ts'
import { isCsrfToken } from '../../src/people/sessions.ts'

/**
 * @param sessionToken undefined: no session acts, so another site has nothing to abuse
 * @param token as sent with the request
 * @param refusal the message of the fault
 * @throws Fault forbidden
 */
export function requireCsrfToken(ctx: Context, sessionToken: string | undefined, token: unknown, refusal: string): void {
  if (sessionToken !== undefined && (typeof token !== 'string' || !isCsrfToken(ctx, sessionToken, token))) throw forbidden(refusal)
}
