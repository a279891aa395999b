/** Makes a data set while it is sent: a zip whose bytes depend on what it holds and on nothing else. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { timestampOrNull } from '../base/time.ts'
import { ZipWriter } from '../base/zip-writer.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { chooseSequences } from '../exports/plan.ts'
import type { Actor } from '../tree/actor.ts'
import { DATASET_FORM, MANIFEST, SEAL_DIGITS, SEAL_PREFIX, type Manifest, type ManifestFile } from '../wire/dataset.ts'
import { dataPackage, filesOf, jsonOf } from './dataset-files.ts'
import type { DatasetPlan } from './dataset-plan.ts'

/** The zip's own times, the earliest that a zip can tell, in local time as zips have it. */
const NO_TIME = new Date(1980, 0, 1)
const PLAIN = { mtime: NO_TIME, forceDosTimestamp: true, compress: false, mode: 0o100644 } as const

/** What one takes in memory while it is made. */
const ZIP_BYTES = 1_500_000

export interface DatasetRequest {
  /** A sequence, or a folder for all sequences in it and below. */
  readonly place: Resource
  readonly start: DatasetPlan['start']
  readonly end: DatasetPlan['end']
}

/**
 * A data set of what the actor may read. Values that come in or go while it is made may or may not be in it; each file agrees with the
 * manifest all the same.
 * @returns the zip's bytes, for the caller to read or destroy
 * @throws Fault forbidden; invalid when there are no sequences, or too many
 */
export async function makeDataset(ctx: Context, actor: Actor, request: DatasetRequest): Promise<AsyncIterable<Uint8Array>> {
  const { place, start, end } = request
  if (start !== undefined && end !== undefined && start > end) throw invalid('start_timestamp is after end_timestamp.')
  const { sequences, leftOut } = await chooseSequences(ctx, actor, [place], { isSummed: false, layout: 'long' })
  ctx.answer?.holds(ZIP_BYTES)
  return sealed(await zipOf(ctx, actor, { place, sequences, leftOut, start, end }))
}

async function zipOf(ctx: Context, actor: Actor, plan: DatasetPlan): Promise<Readable> {
  const zip = await ZipWriter.create()
  addFiles(zip, ctx, actor, plan).catch((error: unknown) => zip.fail(error))
  return zip.output
}

async function addFiles(zip: ZipWriter, ctx: Context, actor: Actor, plan: DatasetPlan): Promise<void> {
  const files: ManifestFile[] = []
  let values = 0
  const add = async (path: string, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<boolean> => {
    const hash = createHash('sha256')
    let bytes = 0
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of content) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    }
    if (!(await zip.add(path, hashed(), PLAIN))) return false
    files.push({ path, bytes, sha256: hash.digest('hex') })
    return true
  }
  for (const { path, content } of await filesOf(ctx, actor, plan))
    if (
      !(await add(
        path,
        content((more) => (values += more)),
      ))
    )
      return
  if (!(await add('datapackage.json', jsonOf(dataPackage(plan, files))))) return
  if (await add(MANIFEST, jsonOf(manifestOf(plan, values, files)))) zip.end(SEAL_PREFIX + '0'.repeat(SEAL_DIGITS))
}

const manifestOf = ({ place, start, end }: DatasetPlan, values: number, files: readonly ManifestFile[]): Manifest => ({
  form: DATASET_FORM,
  path: pathOf(place),
  start: timestampOrNull(start),
  end: timestampOrNull(end),
  values,
  files: [...files],
})

/** Replaces the last digits of the zip by the hash of all before them. */
function sealed(zip: Readable): AsyncIterable<Uint8Array> {
  const chunks = sealChunks(zip)
  const close = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    // Of what nobody has begun to read, a generator runs no clean-up.
    zip.destroy()
    await chunks.return(undefined)
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next(), return: close }) }
}

async function* sealChunks(zip: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, undefined> {
  const hash = createHash('sha256')
  let held = Buffer.alloc(0)
  for await (const chunk of zip) {
    const all = Buffer.concat([held, chunk])
    const certain = all.subarray(0, Math.max(0, all.length - SEAL_DIGITS))
    held = all.subarray(certain.length)
    if (certain.length === 0) continue
    hash.update(certain)
    yield certain
  }
  yield Buffer.from(hash.digest('hex'))
  return undefined
}
