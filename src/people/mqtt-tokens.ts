/** What a page of a person who has signed in connects by MQTT with: it stands for their session, and only for a while. */
import { Fault, forbidden } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { seal, unseal } from '../base/secrets.ts'
import { MINUTE, SECOND } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { authenticateSession } from './sessions.ts'

/** How long it may be used to connect; the connection then lasts as long as the session. */
const LIFETIME = 5 * MINUTE
const PURPOSE = 'mqtt token'

/** @param sessionToken of the request's session, if it has one @throws Fault forbidden */
export function makeMqttToken(
  { believed, settings }: Pick<Context, 'believed' | 'settings'>,
  sessionToken: string | undefined,
): { token: string; expiresIn: number } {
  if (sessionToken === undefined) throw forbidden('A token for MQTT is of a session: sign in first. A key is a password of its own.')
  const content = JSON.stringify({ session: sessionToken, until: believed.now() + LIFETIME })
  return { token: seal(content, settings.SECRET_KEY, PURPOSE), expiresIn: LIFETIME / SECOND }
}

/** @returns undefined for what is no such token @throws Fault unauthenticated for one whose time, or whose session, is over */
export async function authenticateMqttToken(ctx: Context, token: string, address: string): Promise<Actor | undefined> {
  const text = token.length > 1_000 ? undefined : unseal(token, ctx.settings.SECRET_KEY, PURPOSE)
  if (text === undefined) return undefined
  const content: unknown = JSON.parse(text)
  if (!isObject(content) || typeof content['session'] !== 'string' || typeof content['until'] !== 'number') return undefined
  const actor = content['until'] > ctx.believed.now() ? await authenticateSession(ctx, content['session'], address) : undefined
  if (!actor) throw new Fault('unauthenticated', 'The token is over: the page must ask for another, with POST /api/v1/sessions/mqtt-token.')
  return actor
}
