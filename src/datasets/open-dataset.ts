/** Reads what a data set says of itself that lies in the lab as a file. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Entry, ZipFile } from 'yauzl'
import type { Context } from '../context.ts'
import { openContent, readWhole, type RevisionContent } from '../content/content.ts'
import { datasetId, MANIFEST, MAX_MANIFEST, parseManifest, SEAL_DIGITS, SEAL_PREFIX, type Manifest } from '../wire/dataset.ts'

export interface StoredDataset {
  readonly id: string
  readonly manifest: Manifest
  /** Markdown; '' without one. */
  readonly readme: string
}

/** Of a README, in bytes: a line for each sequence. */
const MAX_README = 1_000_000
/** The zip's list of files is at its end: what is read of it at once, in bytes. */
const TAIL_BYTES = 1_000_000

/** undefined: it is none, or none that can be read. @throws Fault internal when its content is not what was stored */
export async function openDataset(ctx: Context, revision: RevisionContent): Promise<StoredDataset | undefined> {
  const { size } = revision
  const from = Math.max(0, size - TAIL_BYTES)
  const tail = await readPart(ctx, revision, from, size)
  if (
    !tail
      .subarray(0, tail.length - SEAL_DIGITS)
      .toString('latin1')
      .endsWith(SEAL_PREFIX)
  )
    return undefined
  const zip = await openZip(size, async (start, end) =>
    start >= from ? tail.subarray(start - from, end - from) : readPart(ctx, revision, start, end),
  ).catch(() => undefined)
  return zip && describe(zip).catch(() => undefined)
}

/** Whether the hash at its end is that of all bytes before it. Reads all of it. @throws Fault internal, not_found */
export async function isSealed(ctx: Context, revision: RevisionContent): Promise<boolean> {
  const hash = createHash('sha256')
  let held = Buffer.alloc(0)
  const content = await openContent(ctx, revision)
  for await (const chunk of content instanceof Uint8Array ? [content] : (content as AsyncIterable<Buffer>)) {
    const all = Buffer.concat([held, chunk])
    held = all.subarray(Math.max(0, all.length - SEAL_DIGITS))
    hash.update(all.subarray(0, all.length - held.length))
  }
  return held.toString('latin1') === hash.digest('hex')
}

/** @param end exclusive */
async function readPart(ctx: Context, revision: RevisionContent, start: number, end: number): Promise<Buffer> {
  if (end <= start) return Buffer.alloc(0)
  const content = await openContent(ctx, revision, { start, end: end - 1 })
  return Buffer.from(content instanceof Uint8Array ? content : await readWhole(content, end - start))
}

async function openZip(size: number, read: (start: number, end: number) => Promise<Buffer>): Promise<ZipFile> {
  const { RandomAccessReader, fromRandomAccessReaderPromise } = await import('yauzl')
  class Parts extends RandomAccessReader {
    override _readStreamForRange(start: number, end: number): Readable {
      return Readable.from(
        (async function* () {
          yield await read(start, end)
        })(),
        { objectMode: false },
      )
    }
  }
  return fromRandomAccessReaderPromise(new Parts(), size, { lazyEntries: true })
}

async function describe(zip: ZipFile): Promise<StoredDataset | undefined> {
  const texts = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry())
    if (entry.fileName === MANIFEST) texts.set(MANIFEST, await readEntry(zip, entry, MAX_MANIFEST))
    else if (entry.fileName === 'README.md') texts.set('README.md', await readEntry(zip, entry, MAX_README))
  const own = texts.get(MANIFEST)
  const manifest = own && parseManifest(own.toString('utf8'))
  if (!own || !manifest) return undefined
  const id = datasetId(createHash('sha256').update(own).digest('hex'))
  return { id, manifest, readme: texts.get('README.md')?.toString('utf8') ?? '' }
}

async function readEntry(zip: ZipFile, entry: Entry, limit: number): Promise<Buffer> {
  return Buffer.from(await readWhole((await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>, limit))
}
