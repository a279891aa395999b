/** Reads multipart forms: fields become parameters, files go directly to bulk storage, so that none is held in memory. */
import type { Busboy as Parser } from '@fastify/busboy'
import type { IncomingMessage } from 'node:http'
import { Transform, type Readable } from 'node:stream'
import type { Context } from '../../src/context.ts'
import type { Pause } from '../../src/base/turns.ts'
import { invalid } from '../../src/base/fault.ts'
import { deleteStored } from '../../src/content/content.ts'
import { cutOff, tooLarge, tooSlow, whenCutOff } from '../requests/body.ts'
import type { Share } from '../requests/shared-memory.ts'
import { UploadedFile } from './uploaded-file.ts'

/** Deletes the files of a request that no verb took. */
export async function discardUploads(ctx: Context, given: Readonly<Record<string, unknown>>): Promise<void> {
  const paths = Object.values(given).flatMap((value) => (value instanceof UploadedFile && !value.isTaken ? [value.content.path] : []))
  await deleteStored(ctx, paths)
}

const MAX_FIELDS = 1_000
const MAX_FILES = 10
/** Also those without a name, which are read past. */
const MAX_PARTS = MAX_FIELDS + MAX_FILES
/** The only field whose file a verb takes; files in others are read past. */
const FILE_FIELD = 'file'

export interface FormOptions {
  /** Bytes of all fields together. */
  readonly limit: number
  /** Called when a file comes, before anything of it is taken in. @throws Fault */
  readonly beforeFile: () => void
  /** Of the memory that callers share. */
  readonly room: Share
}

/**
 * Adds the form's fields to `set`, and the last file of the field `file` as an {@link UploadedFile}.
 * @throws Fault invalid for a malformed or unfinished form, too_large, what `beforeFile` throws; files stored until then are deleted
 */
export async function readMultipart(
  ctx: Context,
  incoming: IncomingMessage,
  set: Record<string, unknown>,
  options: FormOptions,
): Promise<void> {
  // Load the parser when it is first needed, since few servers ever get a multipart form.
  const { Busboy } = await import('@fastify/busboy')
  let parser: InstanceType<typeof Parser>
  try {
    parser = new Busboy({
      headers: { ...incoming.headers, 'content-type': incoming.headers['content-type'] ?? '' },
      isPartAFile: (_field, _type, name) => name !== undefined,
      limits: { fields: MAX_FIELDS, fieldSize: options.limit, files: MAX_FILES, parts: MAX_PARTS, headerPairs: 100 },
    })
  } catch (error) {
    throw malformed(error)
  }
  const form = new Form(ctx, set, options)
  try {
    await form.read(incoming, parser)
  } finally {
    // Fields of those who are known stay in memory until the answer.
    if (options.room.bounds) options.room.release()
    else options.room.settle()
  }
}

/** Bytes that the parser reads at one stretch. */
const SLICE = 8_000
/** Parts that may begin in a slice: each costs some 20 µs, however little is in it. */
const PARTS_OF_SLICE = 50
/** What each delimiter begins with. */
const DELIMITER = '\r\n--'

/** Hands on what comes in small pieces, between which others have their turn. @param goesOn whether anybody still reads it */
const inSlices = (pause: Pause, goesOn: () => boolean): Transform =>
  new Transform({
    transform(chunk: Buffer, _, done) {
      const handOn = async (): Promise<void> => {
        for (let at = 0; at < chunk.length; ) {
          await pause()
          if (!goesOn()) return
          const slice = sliceAt(chunk, at)
          at += slice.length
          this.push(slice)
        }
      }
      handOn().then(() => done(), done)
    },
  })

function sliceAt(chunk: Buffer, at: number): Buffer {
  const slice = chunk.subarray(at, at + SLICE)
  let end = 0
  for (let parts = 0; parts < PARTS_OF_SLICE; parts++) {
    const next = slice.indexOf(DELIMITER, end)
    if (next < 0) return slice
    end = next + DELIMITER.length
  }
  return slice.subarray(0, end)
}

const malformed = (error: unknown): Error =>
  invalid(`The multipart form is malformed: ${error instanceof Error ? error.message : String(error)}.`)

class Form {
  readonly #ctx: Context
  readonly #set: Record<string, unknown>
  readonly #options: FormOptions
  /** Files that are being written, until their writing has ended. */
  readonly #open = new Set<Readable>()
  readonly #writes: Promise<void>[] = []
  #file: UploadedFile | undefined
  #fault: Error | undefined
  #fieldBytes = 0
  /** Bytes that have come since the last field ended, while no file is coming. */
  #unfinished = 0
  #filesComing = 0
  #fileBytes = 0

  constructor(ctx: Context, set: Record<string, unknown>, options: FormOptions) {
    this.#ctx = ctx
    this.#set = set
    this.#options = options
  }

  async read(incoming: IncomingMessage, parser: InstanceType<typeof Parser>): Promise<void> {
    const slices = inSlices(this.#ctx.turns.pause, () => this.#fault === undefined)
    try {
      await new Promise<void>((resolve, reject) => {
        const fail = (error: unknown): void => {
          this.#fault ??= error instanceof Error ? error : malformed(error)
          incoming.unpipe(slices)
          slices.unpipe(parser)
          // What strangers go on sending is read in turns: rest-of-body.ts.
          if (this.#options.room.bounds) incoming.pause()
          else incoming.resume()
          // Their writing would wait for ever for what does not come any more.
          for (const stream of this.#open) stream.destroy(this.#fault)
          reject(this.#fault)
        }
        this.#listen(parser, fail)
        parser.on('finish', resolve)
        this.#bound(incoming, fail)
        whenCutOff(incoming, () => fail(cutOff()))
        if (incoming.destroyed && !incoming.complete) fail(cutOff())
        else incoming.pipe(slices).pipe(parser)
      })
      await Promise.all(this.#writes)
      if (this.#fault !== undefined) throw this.#fault
    } catch (error) {
      await Promise.allSettled(this.#writes)
      if (this.#file) await deleteStored(this.#ctx, [this.#file.content.path])
      throw error
    }
    if (this.#file) this.#set[FILE_FIELD] = this.#file
  }

  #listen(parser: InstanceType<typeof Parser>, fail: (error: unknown) => void): void {
    const { limit, beforeFile } = this.#options
    const nameless = (): void => fail(invalid('A part of the form has no name: its Content-Disposition needs one, such as name="data".'))
    parser.on('field', (name: string | undefined, value: string, nameCut: boolean, valueCut: boolean) => {
      if (name === undefined) return nameless()
      this.#fieldBytes += name.length + value.length
      if (nameCut || valueCut || this.#fieldBytes > limit) fail(tooLarge(limit))
      else this.#set[name] = value
      this.#unfinished = 0
    })
    parser.on('file', (field: string | undefined, stream: Readable, name: string) => {
      // A form that ends within a file gives the file an error: without a listener from the first moment it would end the process.
      // One that its reader destroyed has failed for the reader's reason.
      stream.on('error', (error) => {
        if (!stream.destroyed) fail(error)
      })
      this.#unfinished = 0
      this.#filesComing++
      stream.once('close', () => this.#filesComing--)
      try {
        if (this.#fault !== undefined) throw this.#fault
        beforeFile()
        this.#ctx.space.requireForFiles()
      } catch (error) {
        stream.resume()
        return fail(error)
      }
      if (field !== FILE_FIELD) {
        stream.resume()
        return field === undefined ? nameless() : undefined
      }
      this.#open.add(stream)
      this.#writes.push(this.#write(stream, name, fail, this.#writes.at(-1)))
    })
    parser.on('fieldsLimit', () => fail(invalid(`The form has more than ${MAX_FIELDS} fields.`)))
    parser.on('partsLimit', () => fail(invalid(`The form has more than ${MAX_PARTS} parts.`)))
    parser.on('filesLimit', () => fail(invalid(`The form has more than ${MAX_FILES} files.`)))
    parser.on('error', (error: unknown) => fail(malformed(error)))
  }

  /** Each file replaces the one before; all of them together have the room of one. */
  async #write(stream: Readable, name: string, fail: (error: unknown) => void, previous: Promise<void> | undefined): Promise<void> {
    await previous
    try {
      const content = await this.#ctx.storage.write(stream, this.#ctx.settings.MAX_FILE_SIZE - this.#fileBytes)
      this.#fileBytes += content.size
      const before = this.#file
      this.#file = new UploadedFile(name, content)
      if (before) await deleteStored(this.#ctx, [before.content.path])
    } catch (error) {
      stream.resume()
      fail(error)
    } finally {
      this.#open.delete(stream)
    }
  }

  /** What a stranger sends is bounded as a whole, by bytes and by time; of others the fields count, which stay in memory. */
  #bound(incoming: IncomingMessage, fail: (error: unknown) => void): void {
    const { room } = this.#options
    const { bounds } = room
    room.onCut(fail)
    if (!bounds) {
      incoming.on('data', (chunk: Buffer) => {
        if (this.#filesComing === 0) this.#unfinished += chunk.length
        room.hold(this.#fieldBytes + this.#unfinished)
      })
      return
    }
    let bytes = 0
    const timer = setTimeout(() => fail(tooSlow(bounds)), bounds.patienceMs)
    incoming.once('close', () => clearTimeout(timer))
    incoming.once('end', () => clearTimeout(timer))
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > bounds.bytes) fail(tooLarge(bounds.bytes))
      else room.hold(bytes)
    })
  }
}
