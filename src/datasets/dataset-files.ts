/** The files of a data set, one after the other, each made when its turn comes. */
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import { encodePoints } from '../exports/value-lines.ts'
import type { View } from '../corrections/corrected-reads.ts'
import { listNotes } from '../notes/note-list.ts'
import { listCalibrations } from '../sequences/calibrating.ts'
import { listMasks } from '../sequences/masking.ts'
import { recordExport } from '../sequences/export-records.ts'
import { requireSpec, streamValues } from '../sequences/sequences.ts'
import type { Actor } from '../tree/actor.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { CalibrationInfo, MaskInfo } from '../wire/answers.ts'
import type { ManifestFile } from '../wire/dataset.ts'
import { dataTypeNames } from '../wire/resource-types.ts'
import { rawFile, valuesFile, type DatasetPlan } from './dataset-plan.ts'
import { describeForPeople } from './readme.ts'

export interface DatasetFile {
  readonly path: string
  /** Values are counted as they are written. */
  readonly content: (count: Count) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

type Count = (values: number) => void

/**
 * All files but those that tell of the others: values, what the sequences are, notes, what was marked as bad and how values were
 * calibrated, and a README. Of a sequence with such corrections the values as they were measured are there too.
 */
export async function filesOf(ctx: Context, actor: Actor, plan: DatasetPlan): Promise<DatasetFile[]> {
  const { sequences } = plan
  const [masks, calibrations] = await readCorrections(ctx, actor, plan)
  const corrected = new Set([...masks, ...calibrations].map(({ path }) => path))
  const values = sequences.flatMap((sequence): DatasetFile[] => {
    const right = { path: valuesFile(sequence), content: (count: Count) => valuesOf(ctx, actor, plan, sequence, 'corrected', count) }
    const raw = { path: rawFile(sequence), content: () => valuesOf(ctx, actor, plan, sequence, 'raw') }
    return corrected.has(pathOf(sequence)) ? [right, raw] : [right]
  })
  return [
    { path: 'README.md', content: () => textOf(describeForPeople(plan)) },
    { path: 'sequences.json', content: () => listOf(ctx, sequences.map(describeSequence)) },
    { path: 'notes.json', content: () => notesOf(ctx, actor, plan) },
    { path: 'masks.json', content: () => listOf(ctx, masks) },
    { path: 'calibrations.json', content: () => listOf(ctx, calibrations) },
    ...values,
  ]
}

/** The description of Frictionless Data, for programs that know it. Source: specs.frictionlessdata.io, Data Package 1. */
export function dataPackage({ sequences }: DatasetPlan, files: readonly ManifestFile[]): object {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return {
    profile: 'data-package',
    resources: sequences.map((sequence, at) => {
      const { dataType, units } = requireSpec(sequence)
      const path = valuesFile(sequence)
      const isNumber = dataTypeNames[dataType] === 'numeric'
      return {
        name: `values-${at + 1}`,
        title: pathOf(sequence),
        path,
        format: 'csv',
        encoding: 'utf-8',
        bytes: byPath.get(path)?.bytes,
        hash: `sha256:${byPath.get(path)?.sha256 ?? ''}`,
        schema: {
          fields: [
            { name: 'timestamp', type: 'datetime', format: 'any' },
            { name: 'value', type: isNumber ? 'number' : 'string', ...(units === undefined ? {} : { unit: units }) },
          ],
          primaryKey: 'timestamp',
        },
      }
    }),
  }
}

async function* valuesOf(
  ctx: Context,
  actor: Actor,
  { start, end }: DatasetPlan,
  sequence: Resource,
  view: View,
  count: Count = () => {},
): AsyncGenerator<Uint8Array> {
  recordExport(ctx, actor, sequence)
  const pages = streamValues(ctx, actor, sequence, { start, end, order: 'ascending', limit: Number.POSITIVE_INFINITY, view })
  yield* encodePoints(ctx.turns, 'csv', counted(pages, count))
}

/** What concerns the range, without what tells of one server alone. */
async function readCorrections(
  ctx: Context,
  actor: Actor,
  { sequences, start, end }: DatasetPlan,
): Promise<[Pick<MaskInfo, 'path' | 'note'>[], Pick<CalibrationInfo, 'path' | 'note'>[]]> {
  const [masks, calibrations]: [Pick<MaskInfo, 'path' | 'note'>[], Pick<CalibrationInfo, 'path' | 'note'>[]] = [[], []]
  for (const sequence of sequences) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    for (const { id: _, creation_timestamp: __, ...mask } of await listMasks(ctx, actor, sequence, { start, end })) masks.push(mask)
    for (const { id: _, creation_timestamp: __, ...one } of await listCalibrations(ctx, actor, sequence)) calibrations.push(one)
  }
  return [masks, calibrations]
}

function describeSequence(sequence: Resource): object {
  const { dataType, units, decimalPlaces } = requireSpec(sequence)
  return {
    path: pathOf(sequence),
    file: valuesFile(sequence),
    data_type: dataTypeNames[dataType],
    units: units ?? null,
    decimal_places: decimalPlaces ?? null,
  }
}

async function* notesOf(ctx: Context, actor: Actor, { place, start, end }: DatasetPlan): AsyncGenerator<Uint8Array> {
  const all: object[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await listNotes(ctx, actor, place, { start, end, cursor })
    for (const { path, start_timestamp: from, end_timestamp: to, text, tags, by } of page.notes)
      all.push({ path, start_timestamp: from, end_timestamp: to, text, tags, by: by.name })
    if (page.cursor === undefined) break
    cursor = page.cursor
  }
  yield* listOf(ctx, all.reverse())
}

async function* counted<P extends { readonly times: readonly Micros[] }>(
  pages: AsyncIterable<P>,
  count: (values: number) => void,
): AsyncGenerator<P> {
  for await (const page of pages) {
    count(page.times.length)
    yield page
  }
}

const textOf = (text: string): Uint8Array[] => [Buffer.from(text)]

/** Items that become JSON between two looks at the clock. */
const STEP = 50

/** As {@link jsonOf} a list of any length. */
async function* listOf({ turns }: Context, list: readonly object[]): AsyncGenerator<Uint8Array> {
  if (list.length === 0) return yield* jsonOf(list)
  for (let from = 0; from < list.length; from += STEP) {
    if (turns.isOver()) await turns.next()
    const texts = list.slice(from, from + STEP).map((item) => JSON.stringify(item, null, 2).replaceAll('\n', '\n  '))
    yield* textOf(`${from === 0 ? '[' : ','}\n  ${texts.join(',\n  ')}`)
  }
  yield* textOf('\n]\n')
}

export const jsonOf = (value: unknown): Uint8Array[] => textOf(`${JSON.stringify(value, null, 2)}\n`)
