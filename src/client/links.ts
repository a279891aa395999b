/** Secret links, over HTTP. */
import type { LinkInfo } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'

export interface NewLinkOptions {
  /** What or who it is for. */
  note?: string | undefined
  /** Of the page that it opens: the state of a chart. */
  query?: string | undefined
  /** How long it is valid, in seconds; 30 days unless given. */
  seconds?: number | undefined
}

export interface MadeLink {
  readonly id: number
  /** Shown this once. */
  readonly url: string
  readonly expiration_timestamp: string
}

export class Links {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Makes a link by which people without an account read a resource and all below it. */
  async create(path: string, { note, query, seconds }: NewLinkOptions = {}): Promise<MadeLink> {
    const { status: _, ...made } = (await this.#http.json('POST', '/links', {
      json: { path, note, query, for_seconds: seconds },
    })) as MadeLink & { status: string }
    return made
  }

  /** Links to a resource and all below it; without a path those that the caller made. The newest first. */
  async list(path?: string): Promise<LinkInfo[]> {
    return ((await this.#http.json('GET', '/links', { query: { path } })) as { links: LinkInfo[] }).links
  }

  /** Withdraws a link at once. */
  async revoke(id: number): Promise<void> {
    await this.#http.json('DELETE', `/links/${id}`)
  }
}
