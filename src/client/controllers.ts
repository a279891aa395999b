/** Status of controllers, over HTTP. */
import type { HttpClient } from './http-client.ts'
import type { ControllerStatus, CorrectionUndoAnswer, TimeCorrection } from './types.ts'

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

  /** When a controller's times were corrected, and of which values; the newest first. */
  async corrections(path: string): Promise<TimeCorrection[]> {
    return ((await this.#http.json('GET', '/controllers/corrections', { query: { path } })) as { corrections: TimeCorrection[] })
      .corrections
  }

  /** Moves the values of a correction back to the times that they were sent with. @param since its `since_timestamp` */
  async undoCorrection(path: string, since: string, options: { isTrial?: boolean } = {}): Promise<CorrectionUndoAnswer> {
    const json = { path, since_timestamp: since, dry_run: options.isTrial === true }
    return (await this.#http.json('POST', '/controllers/corrections', { json })) as CorrectionUndoAnswer
  }
}
