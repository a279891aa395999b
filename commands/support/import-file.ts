/** Sends a file with values to the server, for the commands that import. */
import { createWriteStream, type ReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Fault } from '../../src/base/fault.ts'
import { isPipe, requireFile, streamFile } from '../../src/base/regular-files.ts'
import { retrying } from '../../src/client/backoff.ts'
import type { Client } from '../../src/client/client.ts'
import type { TableImportOptions } from '../../src/client/table-import.ts'
import type { RefusedRow, TableImportAnswer } from '../../src/wire/answers.ts'
import { DATA_TYPES, RESOURCE_TYPES } from '../../src/wire/resource-types.ts'
import { answerOfPlain } from './import-summary.ts'
import type { Output } from './output.ts'

/** Milliseconds to wait for a server out of reach. */
const PATIENCE = 600_000

/** Says why an import waits, once: it may wait for long. */
function tellOnce(out: Output): (reason: Fault) => void {
  let isTold = false
  return ({ message }) => {
    if (!isTold) out.warn(`${message.replace(/\.$/, '')}. Trying again for up to ${PATIENCE / 60_000} minutes.`)
    isTold = true
  }
}

/** Sends a file; `-` is stdin. Waits for a server that is out of reach. */
export const importFile = (client: Client, out: Output, file: string, wish: TableImportOptions): Promise<TableImportAnswer> =>
  withFile(file, (path) => send(client, out, path, basename(path), wish))

/**
 * A file that can be read more than once, and later: a copy of stdin (`-`) and of a pipe such as `<(zcat x)`.
 * @throws NotAFile when something else is there
 */
export async function withFile<T>(file: string, work: (path: string) => Promise<T>): Promise<T> {
  if (file !== '-' && !isPipe(file)) {
    requireFile(file, { advice: 'To read what a program writes, let it write to stdin, and name -.' })
    return work(file)
  }
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-import-'))
  try {
    const copy = join(folder, 'stdin')
    await pipeline(file === '-' ? process.stdin : streamFile(file, {}, { once: true }), createWriteStream(copy, { mode: 0o600 }))
    return await work(copy)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Files from this size on, in bytes, are looked through first: plain ones take the fast way, which keeps no record to undo them by. */
const LONG = 4 * 1024 * 1024

/** Brings a long file of plain `timestamp,value` into a sequence; undefined when it is no such file. */
async function bringPlain(
  client: Client,
  out: Output,
  file: string,
  label: string,
  size: number,
  { path, fileName: _, duplicates, ...others }: TableImportOptions,
): Promise<TableImportAnswer | undefined> {
  if (path === undefined || size < LONG || duplicates !== 'error' || Object.values(others).some((option) => option !== undefined))
    return undefined
  const { checkPlain } = await import('../../src/tables/plain.ts')
  const open = (): ReadStream => streamFile(file, { highWaterMark: 1024 * 1024 })
  const plain = await checkPlain(open, Date.now() * 1000)
  const sequence = plain && (await client.resources.info(path))
  if (!plain || sequence?.type !== RESOURCE_TYPES.sequence || Number(sequence.system_attributes?.data_type) !== DATA_TYPES.numeric)
    return undefined
  const { importCsv } = await import('../../src/client/csv-import.ts')
  const progress = out.progress(label, size)
  const errors: RefusedRow[] = []
  try {
    const result = await importCsv(client.sequences, path, open(), {
      onProgress: (bytes) => progress.advance(bytes, ''),
      onRefused: (line, message) => void errors.push({ line, text: '', message }),
      onOutage: tellOnce(out),
    })
    return answerOfPlain(path, sequence.system_attributes?.units, plain, result, errors)
  } finally {
    progress.end()
  }
}

/** @param label for the progress */
export async function send(client: Client, out: Output, file: string, label: string, wish: TableImportOptions): Promise<TableImportAnswer> {
  // A long file is not sent where nothing could take it.
  if (wish.path !== undefined && wish.create !== true) await client.resources.info(wish.path)
  const { size } = await stat(file)
  const plain = await bringPlain(client, out, file, label, size, wish)
  if (plain) return plain
  const progress = out.progress(label, size)
  try {
    return await retrying(
      async () => {
        const source = streamFile(file, { highWaterMark: 256 * 1024 })
        source.on('data', (chunk) => progress.advance(chunk.length, ''))
        return client.imports.bring(source, size, wish)
      },
      { persist: (waited) => waited < PATIENCE, onOutage: tellOnce(out) },
    )
  } finally {
    progress.end()
  }
}
