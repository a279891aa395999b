/**
 * Bulk storage in several places: new content goes to one of them, and what is elsewhere is read where it is. A piece has the same
 * name in each place, so moving one changes no record.
 */
import type { Readable } from 'node:stream'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Micros } from '../../base/time.ts'
import type { BulkStorage, LinkOptions, StorageOwner, StorageSurvey, StoredContent, Waiting } from '../bulk-storage.ts'
import { WaitingUploads } from './waiting-uploads.ts'

export type PlaceName = 'folder' | 'database' | 's3'

export interface Places {
  readonly folder: BulkStorage
  /** Undefined: what is in the database is not looked at. */
  readonly database: BulkStorage | undefined
  /** Undefined: there is none. */
  readonly bucket: BulkStorage | undefined
  /** A folder of its own for what waits for the bucket; undefined: there is no bucket. */
  readonly waiting: BulkStorage | undefined
}

export interface PlacedOptions {
  readonly places: Places
  /** Where new content goes. */
  readonly target: PlaceName
  /** Bytes that may wait for the bucket. */
  readonly mostWaiting: number
  readonly now: () => Micros
  readonly log: Log
}

type Named = () => Promise<readonly string[]>

const UNCLAIMED = 'the bucket can not be used now; it is tried again by itself'

export class PlacedStorage implements BulkStorage {
  readonly #places: Places
  readonly #target: PlaceName
  readonly #log: Log
  readonly #uploads: WaitingUploads | undefined
  /** Whose the bucket is to be, and what the lab names, as long as it could not be claimed. */
  #unclaimed: { readonly owner: StorageOwner; readonly named: Named | undefined } | undefined

  constructor({ places, target, mostWaiting, now, log }: PlacedOptions) {
    this.#places = places
    this.#target = target
    this.#log = log
    const { bucket, waiting } = places
    this.#uploads = bucket && waiting ? new WaitingUploads({ bucket, folder: waiting, most: mostWaiting, now }) : undefined
  }

  get target(): PlaceName {
    return this.#target
  }

  /** What is out of reach is claimed as soon as it is back, and the rest now. */
  async claim(owner: StorageOwner, named?: Named): Promise<void> {
    const { folder, bucket } = this.#places
    try {
      await folder.claim(owner, this.#namedNowhere(named))
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'busy') throw error
      this.#log.error({}, error.message)
    }
    if (!bucket) return
    try {
      await this.#uploads?.load()
      await bucket.claim(owner, this.#namedNowhere(named))
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'busy') {
        await folder.release()
        throw error
      }
      this.#unclaimed = { owner, named }
      this.#uploads?.noteProblem(error)
      this.#log.error({ err: error }, UNCLAIMED)
    }
  }

  /** Of named pieces those that no place has, as far as each can be asked now. */
  #namedNowhere(named: Named | undefined): Named | undefined {
    const isThere = async (path: string): Promise<boolean> => {
      for (const place of this.#all()) {
        const size = await place.sizeOf(path).catch(() => Number.NaN)
        if (size !== undefined) return true
      }
      return false
    }
    return (
      named &&
      (async () => {
        const missing: string[] = []
        for (const path of await named()) if (!(await isThere(path))) missing.push(path)
        return missing
      })
    )
  }

  async release(): Promise<void> {
    this.#unclaimed = undefined
    await this.#places.bucket?.release()
    await this.#places.folder.release()
  }

  owner(): Promise<StorageOwner | undefined> {
    return this.#places.folder.owner()
  }

  async write(content: AsyncIterable<Uint8Array>, limit: number, path?: string): Promise<StoredContent> {
    const { folder, database, bucket } = this.#places
    if (this.#target === 's3' && bucket) return (this.#uploads ?? bucket).write(content, limit, path)
    return (this.#target === 'database' && database ? database : folder).write(content, limit, path)
  }

  async read(path: string, range?: { start: number; end: number }): Promise<Readable> {
    const { bucket } = this.#places
    for (const place of this.#local())
      if ((await place.sizeOf(path)) !== undefined || (await place.discardedAt(path)) !== undefined) {
        const stream = await unlessGone(place.read(path, range))
        if (stream) return stream
      }
    // The folder says more than that a piece is missing: its disk may be.
    if (!bucket) return this.#places.folder.read(path, range)
    const stream = await unlessGone(bucket.read(path, range))
    return stream ?? this.#places.folder.read(path, range)
  }

  async delete(path: string): Promise<void> {
    await this.#uploads?.forget(path)
    for (const place of this.#all()) await place.delete(path)
  }

  async retire(path: string, now: Micros): Promise<void> {
    await this.#uploads?.forget(path)
    for (const place of this.#local()) await place.delete(path)
    const { bucket } = this.#places
    await (bucket?.retire ? bucket.retire(path, now) : bucket?.delete(path))
  }

  /** Of a bucket it tells what is known: asking it may take long. */
  async probe(): Promise<void> {
    await this.#places.folder.probe()
    const { problem, bytes, most } = this.waiting() ?? {}
    if (this.#target !== 's3' || problem === undefined || (bytes ?? 0) < (most ?? 0)) return
    throw new Fault('busy', problem, { retryAfter: 60 })
  }

  async examine(missing: readonly string[]): Promise<void> {
    await this.#places.folder.examine?.(missing)
  }

  async survey(only?: 'unfinished'): Promise<StorageSurvey> {
    const all: StorageSurvey = { pieces: [], unfinished: [], discarded: [] }
    for (const place of this.#all()) {
      const found = await place.survey(only).catch((error: unknown) => {
        if (place !== this.#places.bucket || !(error instanceof Fault) || error.code !== 'busy') throw error
        this.#log.warn({ err: error }, 'what is in the bucket is not known now')
        return { pieces: [], unfinished: [], discarded: [] }
      })
      for (const part of ['pieces', 'unfinished', 'discarded'] as const) for (const path of found[part]) all[part].push(path)
    }
    for (const path of this.#uploads?.writing ?? []) all.unfinished.push(`${path}.part`)
    // While a piece moves it is in two places.
    return { pieces: unique(all.pieces), unfinished: unique(all.unfinished), discarded: unique(all.discarded) }
  }

  async discard(path: string, now: Micros): Promise<void> {
    for (const place of this.#all()) await place.discard(path, now)
  }

  async restore(path: string): Promise<boolean> {
    for (const place of this.#all()) if (await place.restore(path)) return true
    return false
  }

  sizeOf(path: string): Promise<number | undefined> {
    return this.#first((place) => place.sizeOf(path))
  }

  writtenAt(path: string): Promise<Micros | undefined> {
    return this.#first((place) => place.writtenAt(path))
  }

  discardedAt(path: string): Promise<Micros | undefined> {
    return this.#first((place) => place.discardedAt(path))
  }

  async tidy(now: Micros): Promise<number> {
    return (await this.#places.bucket?.tidy?.(now)) ?? 0
  }

  async link(path: string, options: LinkOptions): Promise<string | undefined> {
    const { bucket } = this.#places
    if (!bucket?.link || this.waiting()?.problem !== undefined) return undefined
    for (const place of this.#local()) if ((await place.sizeOf(path)) !== undefined) return undefined
    return bucket.link(path, options)
  }

  waiting(): Waiting | undefined {
    return this.#uploads?.state()
  }

  /** Claims a bucket that is back, and sends on what waits for it. @returns how many pieces were sent */
  async catchUp(isStopped: () => boolean): Promise<number> {
    const { bucket } = this.#places
    if (!bucket) return 0
    try {
      if (this.#unclaimed) await this.#claimBucket()
      else await bucket.probe()
      if (this.waiting()?.problem !== undefined) this.#log.info({ waiting: this.waiting()?.pieces }, 'the bucket can be used again')
      this.#uploads?.noteWorking()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (this.waiting()?.problem === undefined) this.#log.error({ err: error }, UNCLAIMED)
      this.#uploads?.noteProblem(error)
      return 0
    }
    return (await this.#uploads?.send(isStopped)) ?? 0
  }

  async #claimBucket(): Promise<void> {
    const { bucket } = this.#places
    if (bucket && this.#unclaimed) await bucket.claim(this.#unclaimed.owner, this.#namedNowhere(this.#unclaimed.named))
    this.#unclaimed = undefined
  }

  /** What is on this machine is asked first. */
  #local(): BulkStorage[] {
    const { folder, database, waiting } = this.#places
    return [folder, waiting, database].filter((place) => place !== undefined)
  }

  #all(): BulkStorage[] {
    const { bucket } = this.#places
    return bucket ? [...this.#local(), bucket] : this.#local()
  }

  async #first<T>(ask: (place: BulkStorage) => Promise<T | undefined>): Promise<T | undefined> {
    for (const place of this.#all()) {
      const answer = await ask(place)
      if (answer !== undefined) return answer
    }
    return undefined
  }
}

const unique = (paths: readonly string[]): string[] => [...new Set(paths)]

async function unlessGone(reading: Promise<Readable>): Promise<Readable | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Fault && error.code === 'not_found') return undefined
    throw error
  }
}
