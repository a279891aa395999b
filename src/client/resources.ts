/** The tree of resources, over HTTP. */
import type { ChangeAnswer } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'
import { encodePath } from './http-client.ts'
import { Fault } from '../base/fault.ts'
import { splitLast } from '../base/path.ts'
import type { Resource, Revision, SearchAnswer } from './types.ts'
import type { PermissionRecord } from '../wire/permissions.ts'
import { RESOURCE_TYPES, type ResourceTypeName } from '../wire/resource-types.ts'

export interface ListOptions {
  /** Also sub-folders; each entry then has its `path`. */
  recursive?: boolean
  type?: ResourceTypeName
  /** Names with `*` as wildcard. */
  filter?: string
  /** Also sizes, times, attributes and permissions. */
  extended?: boolean
  /** The newest value of each sequence. */
  newest?: boolean
  /** Most entries, by name in the order of its bytes; not together with `recursive`. */
  limit?: number
  /** Only those after this name: the last one of the page before. */
  after?: string
}

/** Folders, files, sequences and controllers as entries of the tree, whatever their content. */
export class Resources {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** The children of a folder, sorted by name. */
  async list(folder: string, options: ListOptions = {}): Promise<Resource[]> {
    const query = {
      recursive: options.recursive,
      type: options.type,
      filter: options.filter,
      extended: options.extended,
      newest: options.newest,
      limit: options.limit,
      after: options.after,
    }
    const answer = await this.#http.json('GET', `/resources${encodePath(folder)}`, { query })
    if (!Array.isArray(answer)) throw new Fault('invalid', `${folder} is not a folder.`)
    return answer as Resource[]
  }

  /** Searches readable resources for words in name and path, the best match first; `found` is the total number of matches. */
  async search(words: string, options: { type?: ResourceTypeName; count?: number; page?: number } = {}): Promise<SearchAnswer> {
    return (await this.#http.json('GET', '/search', {
      query: { q: words, type: options.type, count: options.count, page: options.page },
    })) as SearchAnswer
  }

  /** The extended metadata of one resource; `self` is the calling controller's own folder. */
  async info(path: string): Promise<Resource> {
    const at = path === 'self' ? '/self' : encodePath(path)
    return (await this.#http.json('GET', `/resources${at}`, { query: { meta: true } })) as Resource
  }

  /** Like {@link info}, but undefined when there is no such resource. */
  async find(path: string): Promise<Resource | undefined> {
    try {
      return await this.info(path)
    } catch (error) {
      if (error instanceof Fault && error.code === 'not_found') return undefined
      throw error
    }
  }

  /**
   * Creates a resource, and the basic folders above it that are missing.
   * @returns its id
   * @throws Fault conflict when the name is taken
   */
  async create(path: string, type: ResourceTypeName, attributes: Record<string, unknown> = {}): Promise<number> {
    const [folder, name] = splitLast(path)
    try {
      const answer = await this.#http.json('POST', '/resources', {
        json: { path: folder, name, type: RESOURCE_TYPES[type], ...attributes },
      })
      return (answer as { id: number }).id
    } catch (error) {
      // The server's sentence, which old clients rely on, names nothing.
      if (error instanceof Fault && error.code === 'conflict') throw new Fault('conflict', `${path} exists already.`)
      throw error
    }
  }

  async createFolder(path: string): Promise<number> {
    return this.create(path, 'basic_folder')
  }

  /** Changes fields of a resource: `name`, `parent`, `user_attributes`, `system_attributes`, `status`, … */
  async update(path: string, fields: Record<string, unknown>): Promise<ChangeAnswer> {
    return (await this.#http.json('PUT', `/resources${encodePath(path)}`, { json: fields })) as ChangeAnswer
  }

  /** Moves and renames a resource in one request. */
  async move(from: string, to: string): Promise<void> {
    const [fromFolder, fromName] = splitLast(from)
    const [toFolder, toName] = splitLast(to)
    if (fromFolder === toFolder && fromName === toName) return
    await this.update(from, { ...(toFolder === fromFolder ? {} : { parent: toFolder }), ...(toName === fromName ? {} : { name: toName }) })
  }

  /** Hides a resource, which can be undone; with `purge` removes it for good. */
  async remove(path: string, options: { purge?: boolean } = {}): Promise<void> {
    await this.#http.json('DELETE', `/resources${encodePath(path)}`, { query: { purge: options.purge } })
  }

  async undelete(path: string): Promise<number> {
    return ((await this.#http.json('POST', `/resources${encodePath(path)}`, { query: { undelete: true } })) as { id: number }).id
  }

  /** Earlier states of a file, or the images of an image sequence, newest first. */
  async revisions(path: string): Promise<Revision[]> {
    return (await this.#http.json('GET', `/resources${encodePath(path)}`, { query: { revisions: true } })) as Revision[]
  }

  /** Replaces a resource's own permission records; null: inherit those of its folder. */
  async setPermissions(path: string, records: PermissionRecord[] | null): Promise<void> {
    await this.update(path, { permissions: records })
  }
}
