/** Files of a folder on the server's disk, as they are: of extensions, and of the lab's own pages. */
import { createReadStream } from 'node:fs'
import { realpath } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { extname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { codeOf } from '../../src/base/disk-errors.ts'
import { notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { openAtOnce } from '../../src/base/regular-files.ts'
import { pageHeaders } from './security.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.pdf': 'application/pdf',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
}

const gone = (names: readonly string[]): Error => notFound(`There is no file ${quote(names.join('/'))} here.`)

/**
 * A file with the site's policy, or a folder's `index.html`.
 * @param names below the folder, decoded
 * @throws Fault not_found; also for hidden files, and for what lies outside of the folder behind a link
 */
export async function replyFolderFile(folder: string, names: readonly string[], { headers }: IncomingMessage): Promise<Response> {
  if (names.some((name) => name.startsWith('.') || /[/\\\0]/.test(name))) throw gone(names)
  let path: string
  try {
    const root = await realpath(folder)
    path = await realpath(join(root, ...names))
    if (path !== root && !path.startsWith(root + sep)) throw gone(names)
    let file = await openAtOnce(path)
    if ((await file.stat()).isDirectory()) {
      await file.close()
      path = await realpath(join(path, 'index.html'))
      if (!path.startsWith(root + sep)) throw gone(names)
      file = await openAtOnce(path)
    }
    const status = await file.stat()
    await file.close()
    if (!status.isFile()) throw gone(names)
    const { size, mtimeMs } = status
    const etag = `W/"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`
    const all = {
      ...pageHeaders,
      'content-type': TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream',
      'cache-control': 'private, no-cache',
      etag,
    }
    if (headers['if-none-match'] === etag) return new Response(null, { status: 304, headers: all })
    const body = Readable.toWeb(createReadStream(path, size === 0 ? {} : { end: size - 1 })) as ReadableStream<Uint8Array>
    return new Response(body, { headers: { ...all, 'content-length': String(size) } })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'EISDIR', 'ENAMETOOLONG', 'ENXIO'].includes(codeOf(error) ?? '')) throw gone(names)
    throw error
  }
}
