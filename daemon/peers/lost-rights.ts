/** When long connections end because what let them in is no more: a key, a session, a secret link, an account. */
import type { Actor } from '../../src/tree/actor.ts'
import type { Hub } from '../../src/tree/hub.ts'

/** Ends the connections of the actors that the function names. */
type EndThose = (reason: string, isAffected: (peer: { readonly actor: Actor }) => boolean) => void

/** @returns functions that end the listening */
export const endOnLostRights = (hub: Hub, endThose: EndThose): (() => void)[] => [
  hub.on('keyRevoked', ({ keyId }) => endThose('The key was revoked.', ({ actor }) => actor.kind !== 'anonymous' && actor.keyId === keyId)),
  hub.on('linkRevoked', ({ linkId }) =>
    endThose(
      'The secret link was withdrawn.',
      ({ actor }) => actor.kind === 'anonymous' && actor.links?.some((link) => link.linkId === linkId) === true,
    ),
  ),
  hub.on('sessionsEnded', ({ userId, sessionId }) =>
    endThose(
      'The session ended.',
      ({ actor }) =>
        actor.kind === 'user' &&
        actor.userId === userId &&
        actor.sessionId !== undefined &&
        (sessionId === undefined || actor.sessionId === sessionId),
    ),
  ),
  hub.on('userChanged', ({ userId }) =>
    endThose('The account was changed.', ({ actor }) =>
      actor.kind === 'user'
        ? actor.userId === userId
        : actor.kind === 'anonymous' && actor.links?.some(({ maker }) => maker.userId === userId) === true,
    ),
  ),
]
