/** What a rhizo server can do, over HTTP, for Node programs and the command line. */
import { Alerts } from './alerts.ts'
import { Controllers } from './controllers.ts'
import { Files } from './files.ts'
import { followSequence } from './follow.ts'
import type { Followed, FollowOptions } from './follow.ts'
import { Corrections } from './corrections.ts'
import { findConnection, serverUrl } from './connection.ts'
import type { ConnectionHints } from './connection.ts'
import { HttpClient } from './http-client.ts'
import { Audit } from './audit.ts'
import { Links } from './links.ts'
import { Notes } from './notes.ts'
import { Notifications } from './notifications.ts'
import { Keys, Organizations, Pins, Users } from './people.ts'
import { Resources } from './resources.ts'
import { Sequences } from './sequences.ts'
import { TableImports } from './table-import.ts'
import type { ClockReport, StretchShiftAnswer, Whoami, WrongClock } from './types.ts'

export interface ClientOptions {
  /** `host:port`, or a URL. Plain http is used only for this machine, unless `secure` says otherwise. */
  server: string
  key?: string | undefined
  secure?: boolean
  /** Milliseconds without an answer after which the server counts as out of reach. Default: 60,000. */
  timeout?: number
}

/**
 * Every method throws a Fault with the server's own sentence; its `code` says what kind: `invalid`, `unauthenticated`, `forbidden`,
 * `not_found`, `conflict`, `too_large`, `throttled`, `busy`, `internal`. Without an answer it throws an Unreachable, whose code is `busy`.
 */
export class Client {
  readonly url: string
  readonly http: HttpClient
  readonly resources: Resources
  readonly files: Files
  readonly sequences: Sequences
  readonly corrections: Corrections
  readonly imports: TableImports
  readonly controllers: Controllers
  readonly alerts: Alerts
  readonly organizations: Organizations
  readonly users: Users
  readonly keys: Keys
  readonly pins: Pins
  readonly links: Links
  readonly notes: Notes
  readonly notifications: Notifications
  readonly audit: Audit
  readonly #key: string | undefined

  constructor(options: ClientOptions) {
    this.url = serverUrl(options.server, options.secure)
    this.#key = options.key
    this.http = new HttpClient({ url: this.url, key: options.key, ...(options.timeout === undefined ? {} : { timeout: options.timeout }) })
    this.resources = new Resources(this.http)
    this.files = new Files(this.http)
    this.sequences = new Sequences(this.http, this.resources)
    this.corrections = new Corrections(this.http)
    this.imports = new TableImports(this.http)
    this.controllers = new Controllers(this.http)
    this.alerts = new Alerts(this.http)
    this.organizations = new Organizations(this.http)
    this.users = new Users(this.http)
    this.keys = new Keys(this.http)
    this.pins = new Pins(this.http)
    this.links = new Links(this.http)
    this.notes = new Notes(this.http)
    this.notifications = new Notifications(this.http)
    this.audit = new Audit(this.http)
  }

  /**
   * A client that finds server and key as the command line does: in the environment, a controller's settings in the folder, or a profile.
   */
  static async fromSettings(hints: ConnectionHints & { timeout?: number } = {}): Promise<Client> {
    const { url, key } = await findConnection(hints)
    return new Client({ server: url, key, ...(hints.timeout === undefined ? {} : { timeout: hints.timeout }) })
  }

  /** Who the caller is to the server. */
  async whoami(): Promise<Whoami> {
    return (await this.http.json('GET', '/whoami')) as Whoami
  }

  /** What the server thinks of its clock; for system admins. */
  async clock(): Promise<ClockReport> {
    return (await this.http.json('GET', '/clock')) as ClockReport
  }

  /** When the server's clock was wrong, the newest first; for system admins. */
  async wrongClocks(): Promise<WrongClock[]> {
    return ((await this.http.json('GET', '/clock/stretches')) as { stretches: WrongClock[] }).stretches
  }

  /** Moves what was stamped in such a stretch by what the clock was off. For system admins. */
  async shiftWrongClock(id: number, options: { path?: string | undefined; isTrial?: boolean }): Promise<StretchShiftAnswer> {
    const json = { ...(options.path === undefined ? {} : { path: options.path }), dry_run: options.isTrial === true }
    return (await this.http.json('POST', `/clock/stretches/${id}`, { json })) as StretchShiftAnswer
  }

  /** Leaves what was stamped in such a stretch as it is. For system admins. */
  async dismissWrongClock(id: number): Promise<void> {
    await this.http.json('POST', `/clock/stretches/${id}`, { json: { dismiss: true } })
  }

  /** Says that the server's clock is right: what is kept because it leapt is removed. For system admins. */
  async confirmClock(): Promise<ClockReport> {
    return (await this.http.json('PUT', '/clock', { json: { confirm: true } })) as ClockReport
  }

  /** Sends a message to the subscribers of a folder. */
  async sendMessage(folder: string, type: string, parameters: unknown = {}): Promise<void> {
    await this.http.json('POST', '/messages', { json: { folder_path: folder, type, parameters: JSON.stringify(parameters) } })
  }

  /**
   * Yields the last values of a sequence, and then every new one as it is stored, until the signal aborts; without gaps or repeats when the
   * server restarts.
   */
  follow(path: string, options: FollowOptions = {}): AsyncGenerator<Followed> {
    return followSequence(this.sequences, { url: this.url, key: this.#key }, path, options)
  }

  /** Closes idle connections. */
  close(): void {
    this.http.close()
  }
}
