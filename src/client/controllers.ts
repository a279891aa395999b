import type { HttpClient } from './http-client.ts'
import type { ControllerStatus } from './types.ts'

export class Controllers {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** How controllers are, by path: one, those in a folder, or all that the caller may read. `self` is the calling controller. */
  async list(path?: string): Promise<ControllerStatus[]> {
    return (await this.#http.json('GET', '/controllers', { query: { path } })) as ControllerStatus[]
  }
}
