/** What an export is to hold, checked before anything is read. */
import { invalid } from '../base/fault.ts'
import { filterInTurns, sortInTurns } from '../base/long-lists.ts'
import type { Interval } from '../base/intervals.ts'
import type { TimeZone } from '../base/time-zone.ts'
import type { UnitSystem } from '../base/units.ts'
import type { Context } from '../context.ts'
import { MAX_SEQUENCES } from '../sequences/series/series.ts'
import type { Range } from '../storage/sequence-store.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { isFolder, isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import { NUMERIC, SEQUENCE } from '../wire/resource-types.ts'

export const LAYOUTS = ['long', 'wide'] as const
export type Layout = (typeof LAYOUTS)[number]

export const FIELDS = ['mean', 'min', 'max', 'count', 'first', 'last', 'sum'] as const
export type Field = (typeof FIELDS)[number]

/** Most sequences in one export. With a column for each, all of them are open at once: then it is {@link MAX_SEQUENCES}. */
export const MAX_EXPORTED = 1_000

export interface ExportPlan extends Range {
  readonly sequences: readonly Resource[]
  /** undefined: a row for each value. */
  readonly interval: Interval | undefined
  /** With an interval: what is told of each. */
  readonly fields: readonly Field[]
  readonly layout: Layout
  /** Whose days and hours are meant by the interval, and whose clock times are shown on if `isLocal`. */
  readonly zone: TimeZone
  /** Whether times are shown on the clock of the zone, with its offset, or in UTC. */
  readonly isLocal: boolean
  /** What numbers are told in; undefined: as they are stored. */
  readonly units?: UnitSystem | undefined
}

/** A row for each interval. */
export type SummaryPlan = ExportPlan & { readonly interval: Interval }

export interface Chosen {
  readonly sequences: readonly Resource[]
  /** What lies in the chosen folders and can't be in this export: images, and texts where numbers are summed up. */
  readonly leftOut: readonly Resource[]
}

/**
 * The sequences that are named, and all in named folders, by path. What is named itself is refused if it can't be exported; what only lies
 * in a folder is left out.
 * @throws Fault forbidden; invalid for what is neither, for images and texts that don't fit, and past the bound
 */
export async function chooseSequences(
  ctx: Context,
  actor: Actor,
  named: readonly Resource[],
  { isSummed, layout }: { isSummed: boolean; layout: Layout },
): Promise<Chosen> {
  const chosen = new Set<Resource>()
  const leftOut = new Set<Resource>()
  const fits = ({ sequence }: Resource): boolean => sequence !== undefined && (isSummed ? sequence.dataType === NUMERIC : true)
  for (const resource of named) {
    requireRead(ctx, actor, resource)
    if (resource.type === SEQUENCE) {
      if (isImageSequence(resource)) throw invalid(`${pathOf(resource)} holds images: download them as files.`)
      if (!fits(resource)) throw invalid(`${pathOf(resource)} holds text, which can't be summed up by an interval: ask for each value.`)
      chosen.add(resource)
    } else if (isFolder(resource)) {
      for (const sequence of await sequencesBelow(ctx, actor, resource))
        (isImageSequence(sequence) || !fits(sequence) ? leftOut : chosen).add(sequence)
    } else throw invalid(`${pathOf(resource)} is neither a sequence nor a folder.`)
  }
  for (const one of chosen) leftOut.delete(one)
  if (chosen.size === 0)
    throw invalid(
      leftOut.size > 0
        ? 'There are only images and texts, of which this export can hold none.'
        : `There is no sequence in ${named.map(pathOf).join(', ')} that you may read.`,
    )
  const most = layout === 'wide' ? MAX_SEQUENCES : MAX_EXPORTED
  if (chosen.size > most)
    throw invalid(
      `${chosen.size} sequences were chosen; one export with layout ${layout} holds ${most}. Choose fewer` +
        (layout === 'wide' && chosen.size <= MAX_EXPORTED ? ', or layout long, which holds a row for each value.' : '.'),
    )
  return { sequences: await sortInTurns(ctx.turns, [...chosen], byPath), leftOut: await sortInTurns(ctx.turns, [...leftOut], byPath) }
}

const byPath = (a: Resource, b: Resource): number => (pathOf(a) < pathOf(b) ? -1 : 1)

async function sequencesBelow(ctx: Context, actor: Actor, folder: Resource): Promise<Resource[]> {
  const found: Resource[] = []
  const folders = [folder]
  for (let one = folders.pop(); one; one = folders.pop()) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    for (const child of await filterInTurns(ctx.turns, one.children.values(), (resource) => canRead(ctx, actor, resource))) {
      if (child.type === SEQUENCE) found.push(child)
      else if (isFolder(child)) folders.push(child)
    }
  }
  return found
}
