/** Where content of the server goes: a file, or stdout. */
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { brokenOff } from '../../src/client/http-client.ts'
import { formatSize, type Output } from './output.ts'

/** Writes to stdout, or to a file that is there once it is whole. */
export async function saveContent(out: Output, content: IncomingMessage, file: string): Promise<void> {
  const progress = out.progress(file)
  const part = `${file}.part-${process.pid}`
  let size = 0
  try {
    if (file === '-') {
      for await (const chunk of content as AsyncIterable<Buffer>) await out.write(chunk)
      return
    }
    content.on('data', (chunk: Buffer) => progress.advance(chunk.length, formatSize((size += chunk.length))))
    await pipeline(content, createWriteStream(part))
    await rename(part, file)
  } catch (error) {
    if (file !== '-') await rm(part, { force: true })
    throw brokenOff(error)
  } finally {
    progress.end()
  }
}
