/** Converts between spreadsheets and CSV, one at a time, each in a thread with limits. */
import { Worker } from 'node:worker_threads'
import type { Conversion, ConversionResult } from './conversion-worker.ts'
import { workerUrl } from '../base/worker-url.ts'
import { Fault, invalid } from '../base/fault.ts'

/** Larger files are not converted. */
export const MAX_CONVERSION_BYTES = 20_000_000
const TIME_LIMIT_MS = 30_000
/** Limit of JavaScript's heap in the thread. */
const MEMORY_LIMIT_MB = 384
/** Maximum number of conversions that wait for their turn. */
const MAX_WAITING = 20

export const isSpreadsheetName = (name: string): boolean => /\.xlsx?$/i.test(name)
export const isCsvName = (name: string): boolean => /\.csv$/i.test(name)

export class Conversions {
  #tail: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /**
   * @param what name of the input in messages
   * @throws Fault invalid when the input can't be converted, or takes too much time or memory; busy when many are waiting already
   */
  async convert(conversion: Conversion, what: string): Promise<Uint8Array> {
    if (this.#waiting >= MAX_WAITING)
      throw new Fault('busy', 'Many spreadsheets are being converted already. Try again later.', { retryAfter: 30 })
    this.#waiting++
    const turn = this.#tail.then(() => run(conversion, what))
    this.#tail = turn.catch(() => {})
    try {
      return await turn
    } finally {
      this.#waiting--
    }
  }
}

async function run(conversion: Conversion, what: string): Promise<Uint8Array> {
  const worker = new Worker(workerUrl('content/conversion-worker'), {
    workerData: conversion,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MB },
  })
  let timer: NodeJS.Timeout | undefined
  try {
    const result = await new Promise<ConversionResult>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', (error: Error & { code?: string }) => {
        reject(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? invalid(`${what} takes too much memory to convert.`)
            : new Fault('invalid', `${what} can't be converted: ${error.message}.`, { cause: error }),
        )
      })
      worker.once('exit', () => reject(invalid(`${what} can't be converted.`)))
      timer = setTimeout(() => reject(invalid(`${what} takes too long to convert.`)), TIME_LIMIT_MS)
    })
    if ('problem' in result) throw invalid(`${what} ${result.problem}.`)
    return result.bytes
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}
