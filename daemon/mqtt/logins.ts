/** Who a client is: by its key, by a token that a page asked for, or by the session's cookie that came with its WebSocket. */
import type { IncomingMessage } from 'node:http'
import { Fault } from '../../src/base/fault.ts'
import type { Context } from '../../src/context.ts'
import { authenticateMqttToken } from '../../src/people/mqtt-tokens.ts'
import { authenticateSession } from '../../src/people/sessions.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { authenticateByKey, cookieName, findCookie, isSameOrigin } from '../requests/authentication.ts'
import type { ConnectPacket } from './packets/decode.ts'

/** User name of who logs in by a token; its password is the token. */
const TOKEN = 'token'

/** The session's token in the cookie of a request. A browser sends it along whatever page asks: only our own pages may use it. */
export function sessionTokenOf({ settings }: Pick<Context, 'settings'>, { headers }: IncomingMessage): string | undefined {
  return isSameOrigin(headers) ? findCookie(headers.cookie ?? '', cookieName(settings)) : undefined
}

/** @param sessionToken see {@link sessionTokenOf} @throws Fault unauthenticated, throttled */
export async function logIn(
  ctx: Context,
  { userName, password }: Pick<ConnectPacket, 'userName' | 'password'>,
  { address, sessionToken }: { address: string; sessionToken: string | undefined },
): Promise<Actor> {
  if (password !== undefined) {
    const secret = password.toString('utf8')
    return (userName === TOKEN ? await authenticateMqttToken(ctx, secret, address) : undefined) ?? authenticateByKey(ctx, secret, address)
  }
  const actor = sessionToken === undefined ? undefined : await authenticateSession(ctx, sessionToken, address)
  if (actor) return actor.kind === 'anonymous' ? actor : { ...actor, address }
  throw new Fault('unauthenticated', 'A client needs a key: send "key" as the user name and the secret key as the password.')
}
