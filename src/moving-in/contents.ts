/** Contents of the original's revisions: in the database, or in its bulk storage, of which a folder holds a copy. */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid } from '../base/fault.ts'
import type { PlannedResource } from './plan-resources.ts'
import { bytes, type Row } from './source.ts'

export class Contents {
  readonly #folder: string | undefined

  private constructor(folder: string | undefined) {
    this.#folder = folder
  }

  /** @throws Fault invalid when there is no such folder */
  static async open(folder: string | undefined): Promise<Contents> {
    if (folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory() !== true)
      throw invalid(
        `There is no folder ${folder}. Give with --storage the folder that FILE_SYSTEM_STORAGE_PATH names, or a copy of the bucket.`,
      )
    return new Contents(folder)
  }

  /** The whole content of a revision; undefined when it is nowhere. */
  async read(resource: PlannedResource, revisionId: number, row: Row): Promise<Uint8Array | undefined> {
    const data = bytes(row, 'data')
    if (data) return data
    const path = this.#pathOf(resource, revisionId)
    return path === undefined ? undefined : readFile(path).catch(() => undefined)
  }

  /** As {@link read}, without holding a large one in memory. */
  async open(resource: PlannedResource, revisionId: number, row: Row): Promise<Uint8Array | AsyncIterable<Uint8Array> | undefined> {
    const data = bytes(row, 'data')
    if (data) return data
    const path = this.#pathOf(resource, revisionId)
    if (path === undefined || (await stat(path).catch(() => undefined))?.isFile() !== true) return undefined
    return createReadStream(path)
  }

  #pathOf({ storagePrefix }: PlannedResource, revisionId: number): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, `${storagePrefix}_${revisionId}`)
  }
}
