/** Who is asking. Authentication (keys.ts, sessions.ts) makes an actor, and every verb gets one. */
import { forbidden } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'

/** What a secret link lets somebody without an account read: no more than its maker may, and nothing else. */
export interface LinkGrant {
  readonly linkId: number
  readonly organizationId: number
  /** What the link is to. */
  readonly placeId: number
  /** Ids of the resources that it shows, each with all below it; the place is one of them. */
  readonly reach: readonly number[]
  /** Ids of resources that it shows by themselves: folders that a dashboard lets choose from. */
  readonly alone: readonly number[]
  /** Who made it, as of now: the link ends with their own right to give it. */
  readonly maker: UserActor
  readonly expires: Micros
}

export type Actor =
  | {
      readonly kind: 'anonymous'
      /** Set for somebody who opened secret links. */
      readonly links?: readonly LinkGrant[]
    }
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

/** Whether somebody reads by a secret link: they see data, and nothing of the people behind it. */
export const readsByLink = (actor: Actor): boolean => actor.kind === 'anonymous' && actor.links !== undefined

/** True for the user themself: by a session, or by a key that is not confined to one organization. */
export const isPerson = (actor: Actor, userId: number): boolean =>
  actor.kind === 'user' && actor.userId === userId && actor.onlyOrganizationId === undefined

/** Equal for actors that may do the same; the key of permission caches. */
export function actorIdentity(actor: Actor): string {
  switch (actor.kind) {
    case 'anonymous':
      return actor.links === undefined ? '-' : `-${actor.links.map(({ linkId, maker }) => `l${linkId}${actorIdentity(maker)}`).join()}`
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
