/** The columns of an export, named for programs and for people. */
import { convert, shownUnits, type ShownUnits, type UnitSystem } from '../base/units.ts'
import { NUMERIC, TEXT } from '../wire/resource-types.ts'
import { requireSpec } from '../sequences/sequences.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { ExportPlan, Field } from './plan.ts'
import type { Cell, Column } from './table.ts'

/** The time, and its offset from UTC where a clock of a place is shown. */
export function timeColumns({ isLocal, zone }: ExportPlan): Column[] {
  const time: Column = { kind: 'time', name: 'timestamp', title: isLocal ? `Time (${zone.name})` : 'Time (UTC)' }
  return isLocal && !zone.isUtc ? [time, { kind: 'offset', name: 'utc_offset', title: 'UTC offset' }] : [time]
}

/** Columns that say of each row which sequence it is of. */
export const sequenceColumns: readonly Column[] = [{ kind: 'text', name: 'path', title: 'Sequence' }]
export const unitsColumn: Column = { kind: 'text', name: 'units', title: 'Units' }

/** A column for each sequence, or for each field of each. */
export function wideColumns({ sequences, units: system }: ExportPlan, fields?: readonly Field[]): Column[] {
  const short = shortNames(sequences)
  return sequences.flatMap((sequence, at) => {
    const { dataType } = requireSpec(sequence)
    const { units, conversion } = toldIn(sequence, system)
    const kind = dataType === TEXT ? 'text' : 'number'
    const unit = units === undefined || units === '' ? '' : ` (${units})`
    // Programs know the path; where numbers are not those that are stored, they are told.
    const [path, name] = [conversion ? `${pathOf(sequence)}${unit}` : pathOf(sequence), short[at] ?? sequence.name]
    if (fields === undefined) return [{ kind, name: path, title: `${name}${unit}` } satisfies Column]
    return fields.map(
      (field): Column => ({
        kind: 'number',
        name: fields.length === 1 ? path : `${path} ${field}`,
        title: `${name} ${field}${field === 'count' ? '' : unit}`,
      }),
    )
  })
}

/** How the numbers of a sequence are told. */
export function toldIn(sequence: Resource, system: UnitSystem | undefined): ShownUnits {
  const { dataType, units } = requireSpec(sequence)
  return shownUnits(dataType === NUMERIC ? system : undefined, { units })
}

/** A cell of it. */
export const tellCell = ({ conversion }: ShownUnits, value: Cell): Cell =>
  conversion && typeof value === 'number' ? convert(conversion, value) : value

/** What tells paths apart: without the folders that all of them share. */
function shortNames(sequences: readonly Resource[]): string[] {
  const paths = sequences.map((sequence) => pathOf(sequence).slice(1).split('/'))
  const [first = []] = paths
  let shared = 0
  while (shared < first.length - 1 && paths.every((names) => names.length - 1 > shared && names[shared] === first[shared])) shared++
  return paths.map((names) => names.slice(shared).join('/'))
}
