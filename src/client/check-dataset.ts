/** Examines a data set that was cited, without a server. */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { ZipFile } from 'yauzl'
import { invalid } from '../base/fault.ts'
import { openFile, requireFile, streamFile } from '../base/regular-files.ts'
import {
  datasetId,
  MANIFEST,
  MAX_MANIFEST,
  parseManifest,
  SEAL_DIGITS,
  SEAL_PREFIX,
  type Manifest,
  type ManifestFile,
} from '../wire/dataset.ts'

export interface DatasetCheck {
  /** Of what the manifest says, whether or not the files agree; undefined: there is no manifest that could be read. */
  readonly id: string | undefined
  readonly manifest: Manifest | undefined
  /** What is wrong, in sentences; empty: no byte was changed. */
  readonly problems: string[]
}

/** @throws Fault invalid for what is no data set at all; errors of reading the file */
export async function checkDataset(path: string): Promise<DatasetCheck> {
  const seal = await checkSeal(path)
  if (seal === 'none')
    throw invalid(`${path} is no data set of "rhizo cite", or its end is missing: a data set ends with the hash of all its bytes.`)
  const { openPromise } = await import('yauzl')
  let zip: ZipFile
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false })
  } catch (error) {
    return { ...UNREADABLE, problems: [`The zip is damaged: ${messageOf(error)}`] }
  }
  try {
    const { hashes, manifest } = await readAll(zip)
    const own = hashes.get(MANIFEST)
    const problems = manifest ? compare(manifest.files, hashes) : [`${MANIFEST} is missing or can't be read.`]
    if (seal === 'broken' && problems.length === 0)
      problems.push('Bytes were changed that belong to no file of values: in the manifest, or in names and times of the zip.')
    return { id: own && datasetId(own.sha256), manifest, problems }
  } catch (error) {
    return { ...UNREADABLE, problems: [`The zip is damaged: ${messageOf(error)}`] }
  } finally {
    zip.close()
  }
}

const UNREADABLE = { id: undefined, manifest: undefined }

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Whether the hash at the end is that of all bytes before it. */
async function checkSeal(path: string): Promise<'sound' | 'broken' | 'none'> {
  requireFile(path)
  const { size } = await stat(path)
  const tail = SEAL_PREFIX.length + SEAL_DIGITS
  if (size <= tail) return 'none'
  const end = Buffer.alloc(tail)
  const file = await openFile(path)
  try {
    await file.read(end, 0, tail, size - tail)
  } finally {
    await file.close()
  }
  const text = end.toString('latin1')
  // The hash itself may be what was changed.
  if (!text.startsWith(SEAL_PREFIX.slice(0, SEAL_PREFIX.length / 2)) && !text.includes(SEAL_PREFIX.slice(SEAL_PREFIX.length / 2)))
    return 'none'
  const hash = createHash('sha256')
  await pipeline(streamFile(path, { end: size - SEAL_DIGITS - 1 }), hash)
  return text === SEAL_PREFIX + hash.digest('hex') ? 'sound' : 'broken'
}

type Hashes = ReadonlyMap<string, Omit<ManifestFile, 'path'>>

async function readAll(zip: ZipFile): Promise<{ hashes: Hashes; manifest: Manifest | undefined }> {
  const hashes = new Map<string, Omit<ManifestFile, 'path'>>()
  let manifest: Manifest | undefined
  for await (const entry of zip.eachEntry()) {
    const hash = createHash('sha256')
    const kept: Buffer[] = []
    let bytes = 0
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      hash.update(chunk)
      bytes += chunk.length
      if (entry.fileName === MANIFEST && bytes <= MAX_MANIFEST) kept.push(chunk)
    }
    if (entry.fileName === MANIFEST) manifest = parseManifest(Buffer.concat(kept).toString('utf8'))
    hashes.set(entry.fileName, { bytes, sha256: hash.digest('hex') })
  }
  return { hashes, manifest }
}

function compare(files: readonly ManifestFile[], hashes: Hashes): string[] {
  const problems: string[] = []
  const expected = new Set<string>([MANIFEST])
  for (const { path, bytes, sha256 } of files) {
    expected.add(path)
    const found = hashes.get(path)
    if (!found) problems.push(`${path} is missing.`)
    else if (found.sha256 !== sha256)
      problems.push(`${path} was changed${found.bytes === bytes ? '' : `: it has ${found.bytes} bytes, not ${bytes}`}.`)
  }
  for (const path of hashes.keys()) if (!expected.has(path)) problems.push(`${path} was added.`)
  return problems
}
