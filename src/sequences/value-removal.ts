/** Removing values of a sequence by range and condition: sensors glitch. The sequence stays. */
import type { Actor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { eraseValues } from './erasing.ts'
import { clearImages } from './image-removal.ts'
import { countImages } from './image-reading.ts'
import { requireWrite } from '../tree/permissions.ts'
import { refOf, requireSpec } from './sequences.ts'
import { formatTimestamp } from '../base/time.ts'
import type { Range } from '../storage/sequence-store.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import { parseConditions } from './value-conditions.ts'

export interface Doomed extends Range {
  /** Only values that fulfil it, as {@link parseConditions} reads it; numeric and text sequences only. */
  readonly where?: string | undefined
}

/** How many values {@link removeValues} would remove. @throws Fault forbidden without write, invalid */
export async function countDoomed(ctx: Context, actor: Actor, sequence: Resource, doomed: Doomed = {}): Promise<number> {
  const where = requireRemovable(ctx, actor, sequence, doomed)
  return isImageSequence(sequence) ? countImages(ctx, actor, sequence, doomed) : ctx.sequences.count(refOf(sequence), doomed, where)
}

/** For good; durable when this resolves, and what is known as newest is what is left. @returns how many @throws Fault forbidden, invalid */
export async function removeValues(ctx: Context, actor: Actor, sequence: Resource, doomed: Doomed = {}): Promise<number> {
  const where = requireRemovable(ctx, actor, sequence, doomed)
  const range = { start: doomed.start, end: doomed.end }
  const count = await (isImageSequence(sequence)
    ? clearImages(ctx, actor, sequence, range)
    : eraseValues(ctx, refOf(sequence), range, where, 'request'))
  if (count > 0)
    await recordAudit(ctx, ctx.db, actor, {
      kind: 'values.removed',
      organizationId: sequence.organizationId,
      subject: { kind: 'resource', id: sequence.id, name: pathOf(sequence) },
      details: { count, from: stamp(doomed.start), until: stamp(doomed.end), where: doomed.where },
    })
  return count
}

const stamp = (time: number | undefined): string | undefined => (time === undefined ? undefined : formatTimestamp(time))

function requireRemovable(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  { start, end, where }: Doomed,
): ReturnType<typeof parseConditions> {
  requireWrite(ctx, actor, sequence)
  requireSpec(sequence)
  if (start !== undefined && end !== undefined && start > end) throw invalid('start_timestamp is later than end_timestamp.')
  if (where === undefined || where === '') return []
  if (isImageSequence(sequence)) throw invalid(`where: ${pathOf(sequence)} is an image sequence, whose values can't be compared.`)
  return parseConditions(where, refOf(sequence).isText)
}
