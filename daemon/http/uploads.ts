/** Finds the content that a request sends: base64 in `data`, a file of a form, or the body itself. */
import type { IncomingMessage } from 'node:http'
import { decodeBase64 } from '../../src/base/base64.ts'
import { invalid } from '../../src/base/fault.ts'
import { readContent, type ContentSource } from '../../src/content/content.ts'
import { hasBody, mediaType, readBody, readChunks, tooLarge } from '../requests/body.ts'
import { UploadedFile } from './uploaded-file.ts'
import type { ParameterSet } from './parameters.ts'
import type { ApiRequest } from './route.ts'

const PARAMETER_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'])

/** True when the body is the content itself, not a form or JSON. */
export function isRaw(incoming: IncomingMessage): boolean {
  const type = mediaType(incoming)
  return type === '' ? hasBody(incoming) : !PARAMETER_TYPES.has(type)
}

/**
 * The content of a request to a route whose `body` is `file`; a raw body is only read when the verb reads its stream.
 * @returns undefined when there is none
 * @throws Fault invalid naming `data` or `file`; too_large when a raw body's declared length is
 */
export function findContent(
  { ctx, incoming, share }: Pick<ApiRequest, 'ctx' | 'incoming' | 'share'>,
  given: ParameterSet,
): ContentSource | undefined {
  if (isRaw(incoming)) {
    const limit = ctx.settings.MAX_FILE_SIZE
    if (Number(incoming.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    return hasBody(incoming) ? readChunks(incoming, Number.POSITIVE_INFINITY, share) : new Uint8Array(0)
  }
  const { file } = given
  if (file instanceof UploadedFile) return file
  const data = given['data'] ?? given['contents']
  if (data instanceof UploadedFile) return data
  // Clients of rhizo-server give the file's name there, beside its content.
  if (file !== undefined && file !== '' && data === undefined) throw invalid('file must be a file of a multipart form.')
  return data === undefined ? undefined : decodeBase64(data, 'data')
}

/** The content in memory, for a value of a sequence. @throws Fault too_large past MAX_BODY_SIZE */
export async function readValue(
  { ctx, actor, incoming, share, roomFor }: Pick<ApiRequest, 'ctx' | 'actor' | 'incoming' | 'share' | 'roomFor'>,
  source: ContentSource,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source
  if (source instanceof UploadedFile)
    return readContent(
      ctx,
      { size: source.content.size, data: null, storage_path: source.content.path, hash: source.content.hash },
      ctx.settings.MAX_BODY_SIZE,
    )
  return readBody(incoming, ctx.settings.MAX_BODY_SIZE, share ?? roomFor(actor))
}
