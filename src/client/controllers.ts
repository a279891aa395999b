/** Status of controllers, over HTTP. */
import type { HttpClient } from './http-client.ts'
import type { ControllerStatus } from './types.ts'

export class Controllers {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /**
   * Status of controllers, sorted by path: of one, of those in a folder, or of all that the caller may read. `self` is the calling
   * controller.
   */
  async list(path?: string): Promise<ControllerStatus[]> {
    return (await this.#http.json('GET', '/controllers', { query: { path } })) as ControllerStatus[]
  }
}
