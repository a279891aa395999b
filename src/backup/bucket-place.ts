/** Backups in a bucket of an S3 server. An object is there as a whole or not at all, and the server compares it with its hashes. */
import { Fault, conflict } from '../base/fault.ts'
import { S3Client } from '../storage/s3/s3-client.ts'
import { factsOf, listObjects, moveObject, removeObject } from '../storage/s3/s3-objects.ts'
import { S3Owner } from '../storage/s3/s3-owner.ts'
import type { S3Place } from '../storage/s3/s3-place.ts'
import type { BackupPlace } from './backup-place.ts'

/** Keeps backups and large files of labs apart, when somebody gives both one part of a bucket. */
const OWNER = { lab: 'backups', database: 'backups' }

export class BucketPlace implements BackupPlace {
  readonly path: string
  readonly scratch = undefined
  readonly comparesHashes = true
  readonly whenGone = 'it is probably another bucket, or somebody emptied it'
  readonly #client: S3Client

  constructor(path: string, place: S3Place) {
    this.path = path
    this.#client = new S3Client(place)
  }

  async claim(): Promise<() => Promise<void>> {
    const owner = new S3Owner(this.#client)
    const recorded = await owner.read()
    if (recorded && recorded.lab !== OWNER.lab)
      throw conflict(`${this.path} holds the large files of a lab (${recorded.lab}): name another part of the bucket for backups.`)
    try {
      await owner.claim(OWNER)
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'conflict') throw error
      throw conflict(
        `Another backup to ${this.path} is under way: wait until it is done. One that was ended half-way is forgotten within two minutes.`,
      )
    }
    return () => owner.release()
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const { status, body } = await this.#client.request({ method: 'GET', key: name, accept: [404] })
    if (status === 404 || !body) return undefined
    try {
      return new Uint8Array(await new Response(body).arrayBuffer())
    } catch (error) {
      throw this.#client.explain(error)
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.#client.request({ method: 'PUT', key: name, body: bytes })
  }

  async sizeOf(name: string): Promise<number | undefined> {
    return (await factsOf(this.#client, name))?.size
  }

  async *list(folder: string): AsyncGenerator<string> {
    for await (const { key } of listObjects(this.#client, `${folder}/`)) yield key
  }

  remove(name: string): Promise<void> {
    return removeObject(this.#client, name)
  }

  async rename(name: string, to: string): Promise<void> {
    await moveObject(this.#client, name, to, {})
  }

  /** What an S3 server answered for is there. */
  async settle(): Promise<void> {}
}
