/**
 * Reads forms that are longer than what is held in memory: clients of rhizo-server send files as base64 in one, whatever their size. The
 * content goes to bulk storage while it arrives; what goes with it becomes parameters.
 */
import type { IncomingMessage } from 'node:http'
import { Base64Decoder } from '../../src/base/base64-decoder.ts'
import { invalid } from '../../src/base/fault.ts'
import { deleteStored } from '../../src/content/content.ts'
import type { Context } from '../../src/context.ts'
import { addUrlEncoded, decodeUtf8, readChunks, tooLarge, withSpaces } from '../requests/body.ts'
import { UploadedFile } from './uploaded-file.ts'

/** Bytes of a form from which on it is read in this way. */
const LONG = 4_000_000
/** The fields that hold content, by their names of today and of old. */
const CONTENT_FIELDS: ReadonlySet<string> = new Set(['data', 'contents'])
/** Bytes of a field's name, as it is sent. */
const MAX_NAME = 10_000
const AND = 0x26
const EQUALS = 0x3d
const NOTHING = Buffer.alloc(0)

/** Whether a form says that it is long. */
export const isLong = ({ headers }: IncomingMessage): boolean => Number(headers['content-length'] ?? 0) > LONG

export interface LongFormOptions {
  /** Bytes of all fields together but the content. */
  readonly limit: number
  /** Called when the content comes, before anything of it is taken in. @throws Fault */
  readonly beforeFile: () => void
}

/**
 * Adds the form's fields to `set`, and the content as an {@link UploadedFile} under its field's name.
 * @throws Fault invalid for a malformed or unfinished form or wrong base64, too_large, what `beforeFile` throws; nothing is stored then
 */
export async function readLongForm(
  ctx: Context,
  incoming: IncomingMessage,
  set: Record<string, unknown>,
  { limit, beforeFile }: LongFormOptions,
): Promise<void> {
  const pieces = new Pieces(readChunks(incoming, Number.POSITIVE_INFINITY))
  let left = limit
  let uploaded: UploadedFile | undefined
  try {
    while (await pieces.hasMore()) {
      const name = await pieces.gather(EQUALS, MAX_NAME)
      if (CONTENT_FIELDS.has(name)) {
        if (uploaded) throw invalid(`${name}: the form has its content twice.`)
        beforeFile()
        ctx.space.requireForFiles()
        uploaded = new UploadedFile('', await ctx.storage.write(decode(pieces.until(AND), name), ctx.settings.MAX_FILE_SIZE))
        set[name] = uploaded
        continue
      }
      const value = await pieces.gather(AND, left)
      left -= name.length + value.length
      if (left < 0) throw tooLarge(limit)
      addUrlEncoded(set, `${name}=${value}`, 'form')
    }
  } catch (error) {
    if (uploaded) await deleteStored(ctx, [uploaded.content.path])
    throw error
  } finally {
    await pieces.end()
  }
}

/** A form's bytes, taken in pieces between its separators. */
class Pieces {
  readonly #chunks: AsyncGenerator<Buffer>
  #rest: Buffer = NOTHING

  constructor(chunks: AsyncGenerator<Buffer>) {
    this.#chunks = chunks
  }

  async hasMore(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.#rest = next.value
    }
    return true
  }

  /** What comes before a separator, which is passed over, or before the end. */
  async *until(separator: number): AsyncGenerator<Buffer> {
    while (await this.hasMore()) {
      const rest = this.#rest
      const at = rest.indexOf(separator)
      this.#rest = at < 0 ? NOTHING : rest.subarray(at + 1)
      yield at < 0 ? rest : rest.subarray(0, at)
      if (at >= 0) return
    }
  }

  /** The same as text. @throws Fault too_large past `limit` bytes */
  async gather(separator: number, limit: number): Promise<string> {
    const parts: Buffer[] = []
    let size = 0
    for await (const piece of this.until(separator)) {
      if ((size += piece.length) > limit) throw tooLarge(limit)
      parts.push(piece)
    }
    return decodeUtf8(Buffer.concat(parts), 'The form')
  }

  async end(): Promise<void> {
    await this.#chunks.return(undefined)
  }
}

/** The bytes that base64 in a form stands for. @throws Fault invalid naming the field */
async function* decode(pieces: AsyncIterable<Buffer>, field: string): AsyncGenerator<Buffer> {
  const decoder = new Base64Decoder(field)
  // A percent-escape may lie across two pieces.
  let begun = ''
  for await (const piece of pieces) {
    const text = begun + piece.toString('latin1')
    begun = /%[0-9A-Fa-f]?$/.exec(text)?.[0] ?? ''
    const bytes = decoder.push(unescape(begun === '' ? text : text.slice(0, -begun.length), field))
    if (bytes.length > 0) yield bytes
  }
  if (begun !== '') throw malformed(field)
  const last = decoder.end()
  if (last.length > 0) yield last
}

/** Only characters of base64 matter; any others are refused as such. @throws Fault invalid */
function unescape(text: string, field: string): string {
  const spaced = withSpaces(text)
  if (!spaced.includes('%')) return spaced
  return spaced.replace(/%(..)/gs, (_, digits: string) => {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw malformed(field)
    return String.fromCharCode(Number.parseInt(digits, 16))
  })
}

const malformed = (field: string): Error => invalid(`${field} in the form holds a malformed percent-escape.`)
