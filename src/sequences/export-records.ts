/** Exports of values in the audit trail: who took what along. */
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

/** Notes that the actor, who may read it, takes values of a sequence along as a file or stream. */
export function recordExport({ audit }: Pick<Context, 'audit'>, actor: Actor, sequence: Resource): void {
  audit.gather(actor, {
    kind: 'export.values',
    organizationId: sequence.organizationId,
    subject: { kind: 'resource', id: sequence.id, name: pathOf(sequence) },
  })
}
