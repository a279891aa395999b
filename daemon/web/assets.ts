/**
 * Styles, scripts and pictures of the pages, as scripts/assets.js bundled them: named by their content, so that browsers may cache them for
 * ever.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { chooseEncoding } from './compression.ts'
import { pageHeaders } from './security.ts'

/** When run from the sources, use the files of the last build. */
const folder = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/daemon/web/assets/' : './assets/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
}

interface Manifest {
  /** Files by their names in pages: `main.css`, `folder.js`. */
  readonly files: Readonly<Record<string, string>>
}

export class Assets {
  #manifest: Manifest | undefined
  readonly #contents = new Map<string, Promise<Buffer>>()

  /** The address of a file; '' if it was not built, so that pages work without it. */
  url(name: string): string {
    const file = this.#load().files[name]
    return file === undefined ? '' : `/-/assets/${file}`
  }

  /** @throws Fault not_found */
  async reply(file: string, acceptEncoding: string | undefined): Promise<Response> {
    const type = TYPES[extname(file)]
    if (type === undefined || basename(file) !== file || !Object.values(this.#load().files).includes(file))
      throw notFound(`There is no file ${quote(file)} here.`)
    const encoding = chooseEncoding(acceptEncoding)
    const suffix = encoding === 'br' ? '.br' : encoding === 'gzip' ? '.gz' : ''
    const isCompressed = suffix !== '' && existsSync(folder + file + suffix)
    const bytes = await this.#read(isCompressed ? file + suffix : file)
    const headers = {
      ...pageHeaders,
      'content-type': type,
      // Third-party notices alone have a name that stays while their content changes.
      'cache-control': file.endsWith('.txt') ? 'no-cache' : 'public, max-age=31536000, immutable',
      'content-length': String(bytes.length),
      vary: 'accept-encoding',
      ...(isCompressed && encoding ? { 'content-encoding': encoding } : {}),
    }
    return new Response(new Uint8Array(bytes), { headers })
  }

  /** Caches every file, since they are few and small. */
  #read(name: string): Promise<Buffer> {
    let content = this.#contents.get(name)
    if (!content) this.#contents.set(name, (content = readFile(folder + name)))
    return content
  }

  #load(): Manifest {
    if (this.#manifest) return this.#manifest
    try {
      this.#manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Manifest
    } catch {
      return { files: {} }
    }
    return this.#manifest
  }
}
