/** Imports CSV of any size into one sequence. */
import type { Readable } from 'node:stream'
import type { Fault } from '../base/fault.ts'
import { retrying } from './backoff.ts'
import type { CsvPart } from './csv-splitter.ts'
import { CsvSplitter } from './csv-splitter.ts'
import type { Sequences } from './sequences.ts'

export interface ImportOptions {
  /** Called for the first refused rows, with their line in the source. */
  onRefused?: (line: number, message: string) => void
  /** Called with progress: bytes of the source, and rows that are durable. */
  onProgress?: (bytes: number, rows: number) => void
  /** Milliseconds to wait for a server that is out of reach. Default: ten minutes. */
  patience?: number
  /** Called before each wait, with the milliseconds since the first failure. */
  onOutage?: (reason: Fault, waited: number) => void
}

export interface ImportResult {
  stored: number
  repeated: number
  /** Rows older than the sequence's `max_age`, which are not kept. */
  expired: number
  refused: number
}

/** Requests in progress at once: one is read while the other is stored. */
const CONCURRENCY = 2
const PATIENCE = 600_000

/**
 * Stores a stream of CSV (`timestamp,value`, with or without a header) in a sequence. Every row counted as stored is durable. A part that
 * was interrupted is sent again, which stores nothing twice.
 */
export async function importCsv(sequences: Sequences, path: string, source: Readable, options: ImportOptions = {}): Promise<ImportResult> {
  const result: ImportResult = { stored: 0, repeated: 0, expired: 0, refused: 0 }
  const patience = options.patience ?? PATIENCE
  const send = async (part: CsvPart): Promise<void> => {
    if (part.rows > 0) {
      const answer = await retrying(async () => sequences.appendCsv(part.body), {
        persist: (waited) => waited < patience,
        ...(options.onOutage === undefined ? {} : { onOutage: options.onOutage }),
      })
      result.stored += answer.stored
      result.repeated += answer.repeated
      result.expired += answer.expired ?? 0
      result.refused += answer.refused
      for (const { index, message } of answer.errors) options.onRefused?.(part.lineOf(index), message)
    }
    options.onProgress?.(part.bytes, part.rows)
  }
  const underWay = new Set<Promise<void>>()
  const start = async (part: CsvPart): Promise<void> => {
    const sending = send(part).finally(() => underWay.delete(sending))
    // Awaiting the promise below reports a failure; until then it must not count as unhandled.
    sending.catch(() => {})
    underWay.add(sending)
    if (underWay.size >= CONCURRENCY) await Promise.race(underWay)
  }
  const splitter = new CsvSplitter(path)
  for await (const chunk of source as AsyncIterable<Buffer>) for (const part of splitter.push(chunk)) await start(part)
  for (const part of splitter.end()) await start(part)
  await Promise.all(underWay)
  return result
}
