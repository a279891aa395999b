/** What tiles say of the sequences that they show. */
import type { Actor } from '../../tree/actor.ts'
import type { Context } from '../../context.ts'
import { labelsOf } from '../../resources/labels.ts'
import { requireSpec } from '../../sequences/sequences.ts'
import type { Resource } from '../../tree/tree.ts'
import { pathOf } from '../../tree/tree.ts'
import type { TileSequence } from '../../wire/dashboard-answers.ts'
import { IMAGE, NUMERIC, TEXT } from '../../wire/resource-types.ts'
import { notFound } from '../../base/fault.ts'
import type { Settings } from '../tile-kind.ts'

export const holdsNumbers = ({ sequence }: Resource): boolean => sequence?.dataType === NUMERIC
export const holdsText = ({ sequence }: Resource): boolean => sequence?.dataType === TEXT
export const holdsImages = ({ sequence }: Resource): boolean => sequence?.dataType === IMAGE

export const listOf = (settings: Settings, name: string): readonly string[] => (settings[name] ?? []) as readonly string[]
export const textOf = (settings: Settings, name: string): string | undefined => settings[name] as string | undefined

/** @param among the tile's sequences: where two have one name, the folder's comes before it */
export async function describeSequence(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  among: readonly Resource[] = [sequence],
): Promise<TileSequence> {
  const { dataType, units, decimalPlaces } = requireSpec(sequence)
  const { label } = await labelsOf(ctx, actor, sequence)
  const isAlone = among.filter(({ name }) => name === sequence.name).length < 2
  return {
    path: pathOf(sequence),
    name: label ?? (isAlone ? sequence.name : `${sequence.parent?.name ?? ''} / ${sequence.name}`),
    type: dataType === TEXT ? 'text' : dataType === IMAGE ? 'image' : 'numeric',
    units: units === '' ? undefined : units,
    decimals: decimalPlaces,
  }
}

/** One sentence of several, or nothing; where nothing was found it is why. @throws Fault not_found */
export function noteOf({ found, problems }: { found: readonly unknown[]; problems: readonly string[] }): string | undefined {
  if (problems.length === 0) return undefined
  const text = problems.join(' ')
  if (found.length === 0) throw notFound(text)
  return text
}
