/** The mappings of folders, as their files say now: kept parsed, and read again after a change. */
import { Fault } from '../base/fault.ts'
import { readWhole, openContent } from '../content/content.ts'
import type { Context } from '../context.ts'
import { listRevisions, readRevision } from '../resources/files.ts'
import { serverActor } from '../resources/system.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import { FILE } from '../wire/resource-types.ts'
import { MAPPING_FILE, MAX_MAPPING_BYTES, parseMapping, type MappingRules } from './mapping-file.ts'
import { formatNames } from './known-formats.ts'

/** Revisions that are looked at for one that can be read. */
const MAX_REVISIONS = 10
const MAX_MAPPINGS = 2_000

interface Loaded {
  readonly rules: MappingRules
  /** What is wrong with the newest revision, with its line. */
  readonly problem: string | undefined
}

export class Mappings {
  /** By id of the file. */
  readonly #loaded = new Map<number, Loaded>()
  readonly #loading = new Map<number, Promise<unknown>>()

  /** Loads the mapping of a folder that has one which is not in memory; undefined: there is nothing to wait for. */
  prepare(ctx: Context, folder: Resource): Promise<unknown> | undefined {
    const file = mappingOf(folder)
    if (!file || this.#loaded.has(file.id)) return undefined
    let loading = this.#loading.get(file.id)
    if (!loading) {
      loading = this.#load(ctx, folder, file).finally(() => this.#loading.delete(file.id))
      this.#loading.set(file.id, loading)
    }
    return loading
  }

  /** The rules of a folder; undefined: it has none. */
  of(folder: Resource): MappingRules | undefined {
    const file = mappingOf(folder)
    return file && this.#loaded.get(file.id)?.rules
  }

  /** What is wrong with the mapping of a folder; undefined: nothing, or there is none. */
  async problemOf(ctx: Context, folder: Resource): Promise<string | undefined> {
    await this.prepare(ctx, folder)
    const file = mappingOf(folder)
    return file && this.#loaded.get(file.id)?.problem
  }

  /** A file has another content. */
  changed(fileId: number): void {
    this.#loaded.delete(fileId)
    this.#loading.delete(fileId)
  }

  async #load(ctx: Context, folder: Resource, file: Resource): Promise<void> {
    let problem: string | undefined
    let rules: MappingRules | undefined
    for (const { id } of await listRevisions(ctx, serverActor, file, MAX_REVISIONS)) {
      try {
        rules = await readRules(ctx, file, id)
        break
      } catch (error) {
        // A server that is busy says nothing of the file.
        if (!(error instanceof Fault) || error.code === 'busy') throw error
        problem ??= error.message
      }
    }
    if (this.#loaded.size >= MAX_MAPPINGS) this.#loaded.clear()
    this.#loaded.set(file.id, { rules: rules ?? [], problem })
    if (problem === undefined) return
    const instead = rules ? 'the revision before it counts' : 'messages are understood as without it'
    ctx.skipNotes.announce(ctx, folder, `${pathOf(file)} can't be read: ${problem} Until that is mended, ${instead}.`)
  }
}

/** @throws Fault invalid, with the line */
async function readRules(ctx: Context, file: Resource, revisionId: number): Promise<MappingRules> {
  const revision = await readRevision(ctx, serverActor, file, revisionId)
  if (revision.size > MAX_MAPPING_BYTES) throw new Fault('invalid', `it is larger than ${MAX_MAPPING_BYTES} bytes.`)
  const content = revision.size === 0 ? new Uint8Array(0) : await openContent(ctx, revision)
  const bytes = content instanceof Uint8Array ? content : await readWhole(content, MAX_MAPPING_BYTES)
  return parseMapping(ctx.yaml, new TextDecoder().decode(bytes), formatNames)
}

/** The file that holds the mapping of a folder. */
export function mappingOf(folder: Resource): Resource | undefined {
  const file = folder.children.get(MAPPING_FILE)
  return file?.type === FILE ? file : undefined
}
