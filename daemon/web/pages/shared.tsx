/** `/-/shared/SECRET`: a secret link. Its browser remembers it in a cookie and goes on to the page that the link is to. */
import { canRead } from '../../../src/tree/permissions.ts'
import { SECOND } from '../../../src/base/time.ts'
import { openLink } from '../../../src/people/link-opening.ts'
import { linkCookie } from '../../requests/authentication.ts'
import { forbidden } from '../../../src/base/fault.ts'
import { escapePath } from '../links.ts'
import { pathOf } from '../../../src/tree/tree.ts'
import { redirect, type PageRequest, type PageRoute } from '../page.ts'

export const SHARED = '/-/shared/:secret'

export const createSharedPages = (): PageRoute[] => [{ method: 'GET', path: SHARED, open: true, handle: openShared }]

async function openShared({ ctx, actor, params, address, incoming }: PageRequest): Promise<Response> {
  const secret = params['secret'] ?? ''
  const { place, query, expires } = await openLink(ctx, secret, address)
  const target = `${escapePath(pathOf(place))}${query === '' ? '' : `?${query}`}`
  // Somebody with an account who may read it sees it as themself, with all that they may do there.
  if (actor.kind === 'user' && canRead(ctx, actor, place)) return redirect(target)
  if (actor.kind === 'user')
    throw forbidden('You are signed in, and your account may not read that. Open the link in a private window, or sign out first.')
  const age = Math.max(1, Math.ceil((expires - ctx.believed.now()) / SECOND))
  return redirect(target, { 'set-cookie': linkCookie(ctx.settings, incoming, { secret, age }) })
}
