/** The files of a data set, one after the other, each made when its turn comes. */
import type { Context } from '../context.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { encodePoints } from '../exports/value-lines.ts'
import { listNotes } from '../notes/note-list.ts'
import { recordExport } from '../sequences/export-records.ts'
import { requireSpec, streamValues } from '../sequences/sequences.ts'
import type { Actor } from '../tree/actor.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { ManifestFile } from '../wire/dataset.ts'
import { dataTypeNames } from '../wire/resource-types.ts'
import { valuesFile, type DatasetPlan } from './dataset-plan.ts'
import { describeForPeople } from './readme.ts'

export interface DatasetFile {
  readonly path: string
  /** Values are counted as they are written. */
  readonly content: (count: (values: number) => void) => AsyncIterable<Uint8Array>
}

/** All files but those that tell of the others: values, what the sequences are, notes, and a README. */
export function filesOf(ctx: Context, actor: Actor, plan: DatasetPlan): DatasetFile[] {
  const { sequences, start, end } = plan
  const values = sequences.map(
    (sequence): DatasetFile => ({
      path: valuesFile(sequence),
      content: async function* (count) {
        recordExport(ctx, actor, sequence)
        const pages = streamValues(ctx, actor, sequence, { start, end, order: 'ascending', limit: Number.POSITIVE_INFINITY })
        yield* encodePoints(ctx.turns, 'csv', counted(pages, count))
      },
    }),
  )
  return [
    { path: 'README.md', content: () => textOf(describeForPeople(plan)) },
    { path: 'sequences.json', content: () => jsonOf(sequences.map(describeSequence)) },
    { path: 'notes.json', content: () => notesOf(ctx, actor, plan) },
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
  yield* jsonOf(all.reverse())
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

const encoder = new TextEncoder()

export async function* textOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(encoder.encode(text))
}

export const jsonOf = (value: unknown): AsyncGenerator<Uint8Array> => textOf(`${JSON.stringify(value, null, 2)}\n`)

export const timeOrNull = (time: Micros | undefined): string | null => (time === undefined ? null : formatTimestamp(time))
