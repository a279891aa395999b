/** The series that there are for a caller: one for each numeric sequence that they may read. */
import type { Context } from '../context.ts'
import { Fault, invalid } from '../base/fault.ts'
import { sortInTurns } from '../base/long-lists.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { NUMERIC } from '../wire/resource-types.ts'
import { labelPattern, newLooks, type Looks } from './label-pattern.ts'

/** The name of all series. */
export const METRIC = 'rhizo_value'
export const NAME = '__name__'

export type Labels = Readonly<Record<string, string>>

export interface Series {
  readonly sequence: Resource
  readonly labels: Labels
}

export interface Matcher {
  readonly label: string
  readonly is: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

/** Most series in one answer. */
export const MAX_SERIES = 1_000
/** Most names or sets of labels in a list. */
const MAX_LISTED = 20_000

/** @throws Fault unauthenticated for who has not said who they are; invalid for a pattern that is not understood, and past the bound */
export async function findSeries(ctx: Context, actor: Actor, matchers: readonly Matcher[], most = MAX_SERIES): Promise<Series[]> {
  if (actor.kind === 'anonymous')
    throw new Fault('unauthenticated', 'Send a key: as the password of Basic, with any user name, or as Bearer.')
  const tests = matchers.map(testOf)
  const found: Series[] = []
  const waiting = [...ctx.tree.roots].map((resource) => ({ resource, isReadable: canRead(ctx, actor, resource) }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const { resource, isReadable } = next
    if (isReadable && resource.sequence?.dataType === NUMERIC) {
      const labels = labelsOf(resource)
      const looks = newLooks()
      if (tests.every((test) => test(labels, looks))) {
        if (found.length >= most)
          throw invalid(`The query names more than ${most} sequences: name fewer, as by {folder="/lab/fridge"} or {path=~"/lab/.*"}.`)
        found.push({ sequence: resource, labels })
      }
    }
    for (const child of resource.children.values()) {
      if (ctx.turns.isOver()) await ctx.turns.next()
      // A resource without permission records of its own is readable by those who may read its folder.
      const isInherited = child.permissions === null && child.organizationId === resource.organizationId
      waiting.push({ resource: child, isReadable: isInherited ? isReadable : canRead(ctx, actor, child) })
    }
  }
  return sortInTurns(ctx.turns, found, (a, b) => ((a.labels['path'] ?? '') < (b.labels['path'] ?? '') ? -1 : 1))
}

export function labelsOf(sequence: Resource): Labels {
  const path = pathOf(sequence)
  const units = sequence.sequence?.units ?? ''
  return {
    [NAME]: METRIC,
    folder: path.slice(0, path.lastIndexOf('/')),
    name: sequence.name,
    organization: path.split('/')[1] ?? '',
    path,
    ...(units === '' ? {} : { units }),
  }
}

/** A label that is not there is empty. Source: Prometheus, "Instant vector selectors". */
function testOf({ label, is, value }: Matcher): (labels: Labels, looks: Looks) => boolean {
  if (is === '=' || is === '!=') return (labels) => ((labels[label] ?? '') === value) === (is === '=')
  const test = labelPattern(value)
  return (labels, looks) => test(labels[label] ?? '', looks) === (is === '=~')
}

/** All that any of the selections matches; without any all that there is. */
async function findAny(ctx: Context, actor: Actor, selections: readonly (readonly Matcher[])[]): Promise<Series[]> {
  const found = new Map<number, Series>()
  for (const matchers of selections.length === 0 ? [[]] : selections)
    for (const one of await findSeries(ctx, actor, matchers, MAX_LISTED)) found.set(one.sequence.id, one)
  return [...found.values()]
}

/** @throws Fault as {@link findSeries} */
export const listSeries = async (ctx: Context, actor: Actor, selections: readonly (readonly Matcher[])[]): Promise<Labels[]> =>
  (await findAny(ctx, actor, selections)).map(({ labels }) => labels)

/** Names of labels, ascending. @throws Fault as {@link findSeries} */
export async function listLabels(ctx: Context, actor: Actor, selections: readonly (readonly Matcher[])[]): Promise<string[]> {
  const names = new Set<string>()
  for (const labels of await listSeries(ctx, actor, selections)) for (const name of Object.keys(labels)) names.add(name)
  return [...names].sort()
}

/** Values of a label, ascending. @throws Fault as {@link findSeries} */
export async function listLabelValues(
  ctx: Context,
  actor: Actor,
  label: string,
  selections: readonly (readonly Matcher[])[],
): Promise<string[]> {
  const values = new Set<string>()
  for (const labels of await listSeries(ctx, actor, selections)) if (Object.hasOwn(labels, label)) values.add(labels[label] ?? '')
  return [...values].sort()
}
