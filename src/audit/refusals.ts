/** Refusals in the audit trail: who was not let in, or asked for what they may not. */
import type { Fault } from '../base/fault.ts'
import type { Gathering } from './gathering.ts'
import type { Doer } from './record.ts'

/**
 * Notes a refusal; other faults are nobody's trespass.
 * @param who actor undefined: the credentials themselves were refused
 * @param what what was asked for first, such as `GET /api/v1/users`: never an address with parameters
 */
export function recordRefusal(
  { audit }: { readonly audit: Gathering },
  { code }: Pick<Fault, 'code'>,
  { actor, address }: { actor: Doer | undefined; address: string },
  what: string,
): void {
  if (code !== 'unauthenticated' && code !== 'forbidden') return
  const doer: Doer = actor === undefined || actor.kind === 'anonymous' ? { kind: 'anonymous', address } : actor
  audit.gather(doer, { kind: `refusal.${code}`, subject: { kind: 'route', name: what } })
}
