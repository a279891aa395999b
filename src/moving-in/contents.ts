/** Contents of the original's revisions: in the database, or in its bulk storage. */
import type { OriginalStorage } from './original-storage.ts'
import type { PlannedResource } from './plan-resources.ts'
import { bytes, type Row } from './source.ts'

export class Contents {
  readonly #storage: OriginalStorage | undefined

  /** @param storage undefined: what is there is left out */
  constructor(storage: OriginalStorage | undefined) {
    this.#storage = storage
  }

  async has(resource: PlannedResource, revisionId: number, row: Row): Promise<boolean> {
    return bytes(row, 'data') !== undefined || (await this.#storage?.has(pathOf(resource, revisionId))) === true
  }

  /** The whole content of a revision; undefined when it is nowhere. */
  async read(resource: PlannedResource, revisionId: number, row: Row): Promise<Uint8Array | undefined> {
    const content = await this.open(resource, revisionId, row)
    if (content === undefined || content instanceof Uint8Array) return content
    const parts: Uint8Array[] = []
    for await (const part of content) parts.push(part)
    return Buffer.concat(parts)
  }

  /** As {@link read}, without holding a large one in memory. */
  async open(resource: PlannedResource, revisionId: number, row: Row): Promise<Uint8Array | AsyncIterable<Uint8Array> | undefined> {
    return bytes(row, 'data') ?? this.#storage?.open(pathOf(resource, revisionId))
  }
}

const pathOf = ({ storagePrefix }: PlannedResource, revisionId: number): string => `${storagePrefix}_${revisionId}`
