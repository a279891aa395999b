/** Reads multipart forms: fields become parameters, files go directly to bulk storage, so that none is held in memory. */
import type { Busboy as Parser } from '@fastify/busboy'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Context } from '../../src/context.ts'
import { Fault, forbidden, invalid } from '../../src/base/fault.ts'
import { deleteStored, type UploadedContent } from '../../src/content/content.ts'
import type { StoredContent } from '../../src/storage/bulk-storage.ts'
import { tooLarge } from '../requests/body.ts'

/** A file of a form, already in bulk storage. If no verb takes it, it is deleted when the request has been answered. */
export class UploadedFile implements UploadedContent {
  readonly name: string
  readonly content: StoredContent
  #isTaken = false

  constructor(name: string, content: StoredContent) {
    this.name = name
    this.content = content
  }

  get isTaken(): boolean {
    return this.#isTaken
  }
  take(): void {
    this.#isTaken = true
  }
}

/** Deletes the files of a request that no verb took. */
export async function discardUploads(ctx: Context, given: Readonly<Record<string, unknown>>): Promise<void> {
  const paths = Object.values(given).flatMap((value) => (value instanceof UploadedFile && !value.isTaken ? [value.content.path] : []))
  await deleteStored(ctx, paths)
}

const MAX_FIELDS = 1_000

/**
 * Adds the form's fields to `set`, and the last file of each field as an {@link UploadedFile} under the field's name.
 * @param takesFiles false for unauthenticated callers, who must not be able to fill the disk
 * @param limit bytes of all fields together
 * @throws Fault invalid for a malformed form, too_large, forbidden; files stored until then are deleted
 */
export async function readMultipart(
  ctx: Context,
  incoming: IncomingMessage,
  set: Record<string, unknown>,
  { takesFiles, limit }: { takesFiles: boolean; limit: number },
): Promise<void> {
  // Load the parser when it is first needed, since few servers ever get a multipart form.
  const { Busboy } = await import('@fastify/busboy')
  const files = new Map<string, UploadedFile>()
  const writes: Promise<void>[] = []
  let fault: Error | undefined
  let fieldBytes = 0
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        fault ??= error instanceof Error ? error : new Error('the form could not be read', { cause: error })
        incoming.unpipe(parser)
        incoming.resume()
        reject(fault)
      }
      let parser: InstanceType<typeof Parser>
      try {
        parser = new Busboy({
          headers: { ...incoming.headers, 'content-type': incoming.headers['content-type'] ?? '' },
          isPartAFile: (_field, _type, name) => name !== undefined,
          limits: { fields: MAX_FIELDS, fieldSize: limit, files: 10, headerPairs: 100 },
        })
      } catch (error) {
        reject(invalid(`The multipart form is malformed: ${error instanceof Error ? error.message : String(error)}.`))
        return
      }
      parser.on('field', (name: string, value: string, nameCut: boolean, valueCut: boolean) => {
        fieldBytes += name.length + value.length
        if (nameCut || valueCut || fieldBytes > limit) fail(tooLarge(limit))
        else set[name] = value
      })
      parser.on('file', (field: string, stream: Readable, name: string) => {
        if (!takesFiles) {
          stream.resume()
          fail(forbidden('Send a key, or sign in, to upload files in a form.'))
          return
        }
        try {
          ctx.space.requireForFiles()
        } catch (error) {
          stream.resume()
          fail(error)
          return
        }
        writes.push(
          ctx.storage.write(stream, ctx.settings.MAX_FILE_SIZE).then(
            (content) => {
              const before = files.get(field)
              files.set(field, new UploadedFile(name, content))
              if (before) return ctx.storage.delete(before.content.path)
              return undefined
            },
            (error: unknown) => {
              stream.resume()
              fail(error)
            },
          ),
        )
      })
      parser.on('fieldsLimit', () => fail(invalid(`The form has more than ${MAX_FIELDS} fields.`)))
      parser.on('filesLimit', () => fail(invalid('The form has more than 10 files.')))
      parser.on('error', (error: unknown) =>
        fail(invalid(`The multipart form is malformed: ${error instanceof Error ? error.message : String(error)}.`)),
      )
      parser.on('finish', resolve)
      incoming.on('close', () => {
        if (!incoming.complete) {
          parser.destroy()
          fail(new Fault('invalid', 'The request ended before its body was complete.'))
        }
      })
      incoming.pipe(parser)
    })
    await Promise.all(writes)
    if (fault !== undefined) throw fault
  } catch (error) {
    await Promise.allSettled(writes)
    for (const { content } of files.values()) await ctx.storage.delete(content.path)
    throw error
  }
  for (const [field, file] of files) set[field] = file
}
