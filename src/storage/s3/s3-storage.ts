/**
 * Bulk storage in a bucket of an S3 server. Each piece is an object with a name of its own that is written once; what was put
 * aside is moved below `trash/`, and what is no longer wanted below `removed/`, from where it comes back until its days are over.
 */
import type { Readable } from 'node:stream'
import { Fault, notFound } from '../../base/fault.ts'
import { DAY, type Micros } from '../../base/time.ts'
import type { BulkStorage, LinkOptions, StorageOwner, StorageSurvey, StoredContent } from '../bulk-storage.ts'
import type { S3Client } from './s3-client.ts'
import { download, type Range } from './s3-download.ts'
import { newPath } from '../pieces.ts'
import { asideKeyOf, keyOf, pathOf, PIECES, REMOVED, TRASH } from './s3-keys.ts'
import { factsOf, listObjects, listUploads, moveObject, removeObject } from './s3-objects.ts'
import { S3Owner } from './s3-owner.ts'
import { describePlace } from './s3-place.ts'
import { abortUpload, upload } from './s3-upload.ts'

const UNFINISHED = '.part'
/** An upload in parts may be under way for so long before it counts as left behind. */
const UPLOAD_KEPT = DAY
const ASIDE = [TRASH, REMOVED] as const

export interface S3StorageOptions {
  /** How long what is no longer wanted can come back; 0: it is removed at once. */
  readonly keepRemoved?: Micros
  /** Bytes of a part of an upload; undefined: as many as the limit of the content asks for. */
  readonly partBytes?: number
  /** A piece that was put aside came back, as somebody reads it. */
  readonly onRestored?: (path: string) => void
  /** Daemons of one database take it from one another. */
  readonly isShared?: boolean
}

export class S3Storage implements BulkStorage {
  readonly #client: S3Client
  readonly #owner: S3Owner
  readonly #options: S3StorageOptions
  /** Being written by this process. */
  readonly #writing = new Set<string>()

  constructor(client: S3Client, options: S3StorageOptions = {}) {
    this.#client = client
    this.#owner = new S3Owner(client, options.isShared)
    this.#options = options
  }

  get name(): string {
    return describePlace(this.#client.place)
  }

  claim(owner: StorageOwner, named?: () => Promise<readonly string[]>): Promise<void> {
    return this.#owner.claim(owner, named)
  }

  release(): Promise<void> {
    return this.#owner.release()
  }

  owner(): Promise<StorageOwner | undefined> {
    return this.#owner.read()
  }

  async write(content: AsyncIterable<Uint8Array>, limit: number, path = newPath()): Promise<StoredContent> {
    this.#owner.requireHeld()
    const { partBytes } = this.#options
    this.#writing.add(path)
    try {
      const key = keyOf(path)
      return { path, ...(await upload(this.#client, key, content, { limit, ...(partBytes === undefined ? {} : { largest: partBytes }) })) }
    } finally {
      this.#writing.delete(path)
    }
  }

  async read(path: string, range?: Range): Promise<Readable> {
    const stream = await download(this.#client, keyOf(path), range)
    if (stream) return stream
    if (await this.restore(path)) this.#options.onRestored?.(path)
    // Also when it was not put aside: somebody else may have brought it back meanwhile.
    const again = await download(this.#client, keyOf(path), range)
    if (again) return again
    throw notFound(`The content of this revision is missing from the bucket ${this.name} (404).`)
  }

  async delete(path: string): Promise<void> {
    await removeObject(this.#client, keyOf(path))
    for (const folder of ASIDE) await removeObject(this.#client, asideKeyOf(folder, path))
  }

  async retire(path: string, now: Micros): Promise<void> {
    if ((this.#options.keepRemoved ?? 0) === 0) return this.delete(path)
    await moveObject(this.#client, keyOf(path), asideKeyOf(REMOVED, path), { discarded: String(now) })
  }

  /** Reads whose the place is. */
  async probe(): Promise<void> {
    this.#owner.requireHeld()
    const recorded = await this.#owner.read()
    const { claimed } = this.#owner
    if (claimed && recorded?.lab !== claimed.lab)
      throw new Fault(
        'busy',
        `The contents in ${this.name} are not those that the server began with. See the settings S3_STORAGE_BUCKET and S3_PREFIX.`,
      )
  }

  async survey(only?: 'unfinished'): Promise<StorageSurvey> {
    const unfinished = new Set(this.#writing)
    for (const { key } of await listUploads(this.#client, PIECES)) {
      const path = pathOf(key)
      if (path !== undefined) unfinished.add(path)
    }
    const survey = { pieces: [] as string[], unfinished: [...unfinished].map((path) => `${path}${UNFINISHED}`), discarded: [] as string[] }
    if (only === 'unfinished') return survey
    for await (const { key } of listObjects(this.#client, PIECES)) add(survey.pieces, pathOf(key))
    for (const folder of ASIDE) for await (const { key } of listObjects(this.#client, folder)) add(survey.discarded, pathOf(key))
    return survey
  }

  /** What is unfinished is given up at once: no upload goes on that another process began. */
  async discard(path: string, now: Micros): Promise<void> {
    if (path.endsWith(UNFINISHED)) return this.#giveUp(path.slice(0, -UNFINISHED.length))
    await moveObject(this.#client, keyOf(path), asideKeyOf(TRASH, path), { discarded: String(now) })
  }

  async restore(path: string): Promise<boolean> {
    if (path.endsWith(UNFINISHED)) return false
    for (const folder of ASIDE) if (await moveObject(this.#client, asideKeyOf(folder, path), keyOf(path), {})) return true
    return false
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return path.endsWith(UNFINISHED) ? undefined : (await factsOf(this.#client, keyOf(path)))?.size
  }

  async writtenAt(path: string): Promise<Micros | undefined> {
    return path.endsWith(UNFINISHED) ? undefined : (await factsOf(this.#client, keyOf(path)))?.written
  }

  async discardedAt(path: string): Promise<Micros | undefined> {
    if (path.endsWith(UNFINISHED)) return undefined
    for (const folder of ASIDE) {
      const facts = await factsOf(this.#client, asideKeyOf(folder, path))
      if (facts) return facts.discarded ?? facts.written
    }
    return undefined
  }

  /** Gives up uploads in parts that were begun a day ago and never finished, and removes what has waited long enough for its end. */
  async tidy(now: Micros): Promise<number> {
    let removed = 0
    for (const { key, id, begun } of await listUploads(this.#client, '')) {
      const path = pathOf(key)
      if (begun > now - UPLOAD_KEPT || (path !== undefined && this.#writing.has(path))) continue
      await abortUpload(this.#client, key, id)
      removed++
    }
    for await (const { key, written } of listObjects(this.#client, REMOVED)) {
      if (written > now - (this.#options.keepRemoved ?? 0)) continue
      await removeObject(this.#client, key)
      removed++
    }
    return removed
  }

  async link(path: string, { seconds, disposition, contentType }: LinkOptions): Promise<string | undefined> {
    if ((await this.sizeOf(path)) === undefined) return undefined
    return this.#client.link(keyOf(path), seconds, {
      'response-content-disposition': disposition,
      'response-content-type': contentType,
      'response-cache-control': 'private, no-store',
    })
  }

  async #giveUp(path: string): Promise<void> {
    if (this.#writing.has(path)) return
    for (const { key, id } of await listUploads(this.#client, keyOf(path))) await abortUpload(this.#client, key, id)
  }
}

function add(paths: string[], path: string | undefined): void {
  if (path !== undefined) paths.push(path)
}
