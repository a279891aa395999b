/** The person who looks at a page, as far as the page shows it. */
import type { IncomingMessage } from 'node:http'
import type { Context } from '../../src/context.ts'
import type { UnitSystem } from '../../src/base/units.ts'
import { readsByLink, type Actor } from '../../src/tree/actor.ts'
import { listActiveAlerts } from '../../src/watching/active-alerts.ts'
import { csrfTokenOf } from '../../src/people/sessions.ts'
import { whoami } from '../../src/people/whoami.ts'
import { findCookie, type Authenticated } from '../requests/authentication.ts'

export type Theme = 'light' | 'dark' | 'auto'
export const THEME_COOKIE = 'rhizo-theme'

export interface VisitingUser {
  readonly id: number
  /** Name for display: full name, user name or address. */
  readonly name: string
  readonly emailAddress: string
  readonly isSystemAdmin: boolean
}

type Reader = Extract<Actor, { kind: 'anonymous' }>

export interface Visitor {
  /** undefined: not signed in. */
  readonly user: VisitingUser | undefined
  readonly organizations: readonly { readonly id: number; readonly path: string; readonly is_admin: boolean }[]
  /** Sent with each change; '' without a session. */
  readonly csrfToken: string
  readonly theme: Theme
  /** What values are shown in; undefined: as they are stored. */
  readonly units: UnitSystem | undefined
  /** Set for somebody who opened secret links. */
  readonly reader: Reader | undefined
  /** How many alerts that they may see are on. */
  readonly alertsOn: number
}

export async function meetVisitor(ctx: Context, incoming: IncomingMessage, { actor, sessionToken }: Authenticated): Promise<Visitor> {
  const theme = themeOf(incoming)
  const csrfToken = sessionToken === undefined ? '' : csrfTokenOf(ctx, sessionToken)
  const reader = actor.kind === 'anonymous' && readsByLink(actor) ? actor : undefined
  if (actor.kind !== 'user') return { user: undefined, organizations: [], csrfToken, theme, units: undefined, reader, alertsOn: 0 }
  const { user, organizations } = await whoami(ctx, actor)
  const name = user?.full_name || user?.user_name || user?.email_address || ''
  return {
    user: { id: actor.userId, name, emailAddress: user?.email_address ?? '', isSystemAdmin: actor.isSystemAdmin },
    organizations,
    csrfToken,
    theme,
    units: user?.units,
    reader: undefined,
    alertsOn: (await listActiveAlerts(ctx, actor)).length,
  }
}

/** For pages that must be shown even after an error. */
export const anonymousVisitor = (incoming: IncomingMessage): Visitor => ({
  user: undefined,
  organizations: [],
  csrfToken: '',
  theme: themeOf(incoming),
  units: undefined,
  reader: undefined,
  alertsOn: 0,
})

function themeOf(incoming: IncomingMessage): Theme {
  const chosen = findCookie(incoming.headers.cookie ?? '', THEME_COOKIE)
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
}
