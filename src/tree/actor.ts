/** Who is asking. Authentication (keys.ts, sessions.ts) makes an actor, and every verb gets one. */
import { forbidden } from '../base/fault.ts'

export type Actor =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user'
      readonly userId: number
      readonly isSystemAdmin: boolean
      readonly keyId?: number
      readonly sessionId?: number
      /** Set for a key that an organization's admin made for a member: it acts as the member in that organization only. */
      readonly onlyOrganizationId?: number
      /** Set for a session of somebody without a second factor: organizations that require one keep it out. */
      readonly lacksFactor?: true
      /** The network address that it asks from, for the audit trail. */
      readonly address?: string
    }
  | {
      readonly kind: 'controller'
      readonly controllerId: number
      readonly organizationId: number
      readonly keyId: number
      /** Set for a key whose MQTT topics lie below the controller's folder. */
      readonly isMounted?: true
      readonly address?: string
    }

export type UserActor = Extract<Actor, { kind: 'user' }>

export const anonymous: Actor = { kind: 'anonymous' }

export const isSystemAdmin = (actor: Actor): boolean => actor.kind === 'user' && actor.isSystemAdmin

/** @param what the action, as in `list users` @throws Fault forbidden */
export function requireSystemAdmin(actor: Actor, what: string): void {
  if (!isSystemAdmin(actor)) throw forbidden(`Only system admins may ${what}.`)
}

/** True for the user themself: by a session, or by a key that is not confined to one organization. */
export const isPerson = (actor: Actor, userId: number): boolean =>
  actor.kind === 'user' && actor.userId === userId && actor.onlyOrganizationId === undefined

/** Equal for actors that may do the same; the key of permission caches. */
export function actorIdentity(actor: Actor): string {
  switch (actor.kind) {
    case 'anonymous':
      return '-'
    case 'user':
      return (
        `u${actor.userId}${actor.isSystemAdmin ? '*' : ''}` +
        (actor.onlyOrganizationId === undefined ? '' : `@${actor.onlyOrganizationId}`) +
        (actor.lacksFactor ? '-' : '')
      )
    case 'controller':
      return `c${actor.controllerId}`
  }
}
